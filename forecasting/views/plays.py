"""The playbook, for admins: which actions are suggested, and when."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from forecasting import playbook
from forecasting.deal_page.triggers import title_of_trigger, trigger_choices
from forecasting.models import Play
from forecasting.tasks import start_suggesting, suggesting_job
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

SUGGESTING = "suggesting"
SAVED = "Saved. What it suggests for the open deals is being worked out."


class PlayForm(forms.ModelForm[Play]):
    trigger = forms.ChoiceField(
        label="Suggest it where",
        help_text="A warning of the deal, or a change within its reach that goes together with "
        "a better chance.",
    )

    class Meta:
        model = Play
        fields = ("trigger", "title", "advice", "is_active")
        labels = {"title": "What to do", "advice": "How", "is_active": "Suggest it"}
        help_texts = {"trigger": "", "advice": "Plain text, read by whoever owns the deal."}
        widgets = {"advice": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        known: Any = self.fields["trigger"]
        known.choices = trigger_choices(also=self.instance.trigger)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        same = Play.objects.filter(
            org=self.instance.org, trigger=found.get("trigger"), title=found.get("title")
        )
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("title", "The playbook has this already: give it another name.")
        return found


def play_or_404(request: OrgRequest, pk: int) -> Play:
    play: Play = get_object_or_404(Play.objects.select_related("org"), org=request.org, pk=pk)
    return play


@for_roles(Role.ADMIN)
@require_safe
def play_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    if request.htmx and request.htmx.target == SUGGESTING:
        return suggesting_bar(request)
    return shown(request)


def suggesting_bar(request: OrgRequest) -> HttpResponse:
    job = suggesting_job(request.org)
    if job is None:
        return HttpResponseClientRefresh()
    return render_page(request, "forecasting/play_list.html", {"job": job}, partial=SUGGESTING)


def shown(request: OrgRequest) -> HttpResponse:
    plays = list(playbook.in_order(request.org))
    for play in plays:
        play.trigger_title = title_of_trigger(play.trigger)
    context = {"plays": plays, "job": suggesting_job(request.org)}
    return render_page(request, "forecasting/play_list.html", context, partial="plays")


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def play_add(request: OrgRequest, org_slug: str) -> HttpResponse:
    return edited(request, Play(org=request.org))


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def play_change(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return edited(request, play_or_404(request, pk))


def edited(request: OrgRequest, play: Play) -> HttpResponse:
    form = PlayForm(request.POST if request.method == "POST" else None, instance=play)
    if form.is_bound and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        saved = form.save(commit=False)
        playbook.save(saved, changed=changed, by=request.user, request=request)
        start_suggesting(play=saved, by=request.user, request=request)
        messages.success(request, SAVED)
        return redirect("forecasting:play-list", request.org.slug)
    context = {"form": form, "play": play}
    status = 422 if form.is_bound else 200
    return render_page(
        request, "forecasting/play_change.html", context, partial="drawer-body", status=status
    )


@for_roles(Role.ADMIN)
@require_POST
def play_switch(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    play = play_or_404(request, pk)
    is_active = request.POST.get("active") == "1"
    playbook.switch(play, is_active=is_active, by=request.user, request=request)
    start_suggesting(play=play, by=request.user, request=request)
    return back_to_list(request, said=SAVED)


@for_roles(Role.ADMIN)
@require_POST
def play_move(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    play = play_or_404(request, pk)
    playbook.move(play, up=request.POST.get("way") == "up", by=request.user, request=request)
    return back_to_list(request)


def back_to_list(request: OrgRequest, *, said: str = "") -> HttpResponse:
    if request.htmx:
        return shown(request)
    if said:
        messages.success(request, said)
    return redirect("forecasting:play-list", request.org.slug)
