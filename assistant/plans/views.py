"""Plans before a call: the button, the page that fills while it is written, and its versions."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account, Opportunity
from accounts.views.records import record_or_404
from assistant.models import CallPlan, PlanVote
from assistant.plans import changing, paper
from assistant.plans.changing import PlanError
from assistant.plans.comparing import differences
from assistant.plans.reading import Page, changed_since, page_of, plain_title
from assistant.plans.sections import BY_KEY, KEYS
from assistant.plans.tasks import start_writing
from revenue.jobs import running
from revenue.users import audit
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.users.models import AuditEvent
from revenue.users.roles import Role
from revenue.web.rendering import render_page

# Whoever sells, and admins; an integrator reads records and plans no calls.
planners = for_roles(Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
SHOW = "assistant:plan-show"
WRITTEN_BESIDE = "The plan is being written already: it appears here as it comes."
FILES = {
    "pdf": ("application/pdf", paper.pdf_of),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        paper.docx_of,
    ),
}


class SectionForm(forms.Form):
    text = forms.CharField(
        label="Text",
        widget=forms.Textarea(attrs={"rows": 14}),
        max_length=changing.LONGEST,
        strip=False,
        help_text="Lists begin with “- ”, bold stands between two stars. What you write is marked"
        " as yours and is not checked.",
        error_messages={"required": "Write something, or leave the section as it is."},
    )


class VoteForm(forms.Form):
    up = forms.ChoiceField(choices=[("yes", "Of use"), ("no", "Of no use")])
    reason = forms.CharField(required=False, max_length=500, label="Why? (optional)")


def plan_or_404(request: OrgRequest, pk: int) -> CallPlan:
    rows = CallPlan.objects.visible_to(request.membership).select_related(
        "org", "made_by", "opportunity", "account"
    )
    plan = rows.filter(pk=pk).first()
    if plan is None:
        raise Http404
    return plan


def own_plan_or_404(request: OrgRequest, pk: int) -> CallPlan:
    """Others read it; only its maker changes it."""
    plan = plan_or_404(request, pk)
    if plan.made_by_id != request.user.pk:
        raise Http404
    return plan


def shown_or_404(request: OrgRequest, plan: CallPlan) -> Page:
    said = request.GET.get("version", "")
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else None
    page = page_of(plan, reader=request.membership, at=timezone.now(), number=number)
    if page is None:
        raise Http404
    return page


@any_member
@require_safe
def deal_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return panel(request, deal=record_or_404(Opportunity, pk, request))


@any_member
@require_safe
def account_panel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return panel(request, account=record_or_404(Account, pk, request))


def panel(request: OrgRequest, *, deal: Any = None, account: Any = None) -> HttpResponse:
    record = deal or account
    ref = {"opportunity_ref": deal.external_id} if deal else {"account_ref": account.external_id}
    plans = list(
        CallPlan.objects.visible_to(request.membership)
        .filter(org=request.org, **ref)
        .select_related("made_by")
        .order_by("-made_at", "-id")[:6]
    )
    mine = next((plan for plan in plans if plan.made_by_id == request.user.pk), None)
    kind = "deal" if deal else "account"
    context = {
        "record": record,
        "mine": page_of(mine, reader=request.membership, at=timezone.now()) if mine else None,
        "others": [plan for plan in plans if plan is not mine],
        "may_plan": request.membership.role != Role.INTEGRATOR,
        "start_url": reverse(f"assistant:{kind}-plan-start", args=[request.org.slug, record.pk]),
        "title": "Before the call" if deal else "Before you talk to them",
        "back_url": reverse(f"accounts:{kind}-show", args=[request.org.slug, record.pk]),
    }
    whole = not request.htmx or request.htmx.history_restore_request
    name = "plan_panel_page" if whole else "plan_panel"
    return render_page(request, f"assistant/{name}.html", context)


@planners
@require_POST
def deal_plan_start(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return started(request, deal=record_or_404(Opportunity, pk, request))


@planners
@require_POST
def account_plan_start(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    return started(request, account=record_or_404(Account, pk, request))


def started(request: OrgRequest, *, deal: Any = None, account: Any = None) -> HttpResponse:
    at = timezone.now()
    plan = changing.plan_about(by=request.membership, at=at, deal=deal, account=account)
    write_anew(request, plan, sections=KEYS)
    return redirect(SHOW, request.org.slug, plan.pk)


def write_anew(request: OrgRequest, plan: CallPlan, *, sections: Any) -> None:
    version = changing.begin(plan, by=request.user, at=timezone.now(), sections=sections)
    if version is None:
        messages.info(request, WRITTEN_BESIDE)
        return
    version.org = request.org
    start_writing(version, by=request.membership, request=request)


@planners
@require_safe
def plan_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    plan = plan_or_404(request, pk)
    page = shown_or_404(request, plan)
    return render_page(request, "assistant/plan.html", context_of(request, page))


def context_of(request: OrgRequest, page: Page, **more: Any) -> dict[str, Any]:
    plan, version = page.plan, page.version
    kind = "deal" if plan.opportunity_ref else "account"
    record = plan.record
    return {
        "page": page,
        "plan": plan,
        "version": version,
        "title": plain_title(plan),
        "kind": kind,
        "record_url": reverse(f"accounts:{kind}-show", args=[request.org.slug, record.pk])
        if record
        else "",
        "vote": PlanVote.objects.filter(version=version, person=request.user).first(),
        "poll_url": f"{reverse('assistant:plan-poll', args=[request.org.slug, plan.pk])}"
        f"?version={version.number}&since={page.stamp}",
        **more,
    }


@planners
@require_safe
def plan_poll(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """Asked each 400 ms while it is written: what has changed since, and nothing where nothing."""
    plan = plan_or_404(request, pk)
    page = shown_or_404(request, plan)
    changed = changed_since(page, request.GET.get("since", ""))
    if page.is_writing and not changed:
        return HttpResponse(status=204, headers={"Cache-Control": "private, no-store"})
    context = context_of(request, page, changed=changed if page.is_writing else page.sections)
    return render_page(request, "assistant/plan_poll.html", context)


@planners
@require_POST
def plan_again(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """All of it, or the section that is named."""
    plan = own_plan_or_404(request, pk)
    key = request.POST.get("section", "")
    if key and key not in BY_KEY:
        messages.error(request, "There is no such section.")
    else:
        write_anew(request, plan, sections=(key,) if key else KEYS)
    return redirect(SHOW, request.org.slug, plan.pk)


@planners
@require_POST
def plan_cancel(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    plan = own_plan_or_404(request, pk)
    version = changing.newest_of(plan)
    if version is not None and version.job is not None and changing.is_being_written(version):
        running.cancel(version.job, by=request.user, request=request)
    else:
        messages.info(request, "Nothing is being written any more.")
    return redirect(SHOW, request.org.slug, plan.pk)


@planners
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: OrgRequest, org_slug: str, pk: int, key: str) -> HttpResponse:
    plan = own_plan_or_404(request, pk)
    page = shown_or_404(request, plan)
    section = next((each for each in page.sections if each.key == key), None)
    if section is None:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = SectionForm(sent, initial={"text": section.text})
    if request.method == "POST" and form.is_valid():
        try:
            changing.edit(
                plan,
                key=key,
                text=form.cleaned_data["text"].replace("\r\n", "\n"),
                by=request.user,
                at=timezone.now(),
            )
        except PlanError as problem:
            form.add_error("text", str(problem))
        else:
            messages.success(request, f"“{section.about.title}” is saved as you wrote it.")
            return redirect(f"{reverse(SHOW, args=[org_slug, pk])}#section-{key}")
    status = 422 if form.errors else 200
    context = context_of(request, page, form=form, section=section)
    return render_page(request, "assistant/plan_edit.html", context, status=status)


@planners
@require_safe
def plan_versions(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """All of them; with `one` and `two`, what differs between those."""
    plan = plan_or_404(request, pk)
    versions = list(plan.versions.select_related("made_by").order_by("-number")[:100])
    numbers = [asked_number(request, name) for name in ("one", "two")]
    compared = None
    if all(number is not None for number in numbers):
        at = timezone.now()
        pages = [
            page_of(plan, reader=request.membership, at=at, number=number) for number in numbers
        ]
        if pages[0] is None or pages[1] is None:
            raise Http404
        compared = {"one": pages[0], "two": pages[1], "rows": differences(pages[0], pages[1])}
    context = {
        "plan": plan,
        "title": plain_title(plan),
        "versions": [{"row": each, "about": BY_KEY.get(each.about)} for each in versions],
        "compared": compared,
        "is_mine": plan.made_by_id == request.user.pk,
    }
    return render_page(request, "assistant/plan_versions.html", context)


def asked_number(request: OrgRequest, name: str) -> int | None:
    said = request.GET.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else None


@planners
@require_POST
def plan_restore(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    plan = own_plan_or_404(request, pk)
    said = request.POST.get("version", "")
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else 0
    try:
        changing.restore(plan, number=number, by=request.user, at=timezone.now())
    except PlanError as problem:
        messages.error(request, str(problem))
        return redirect("assistant:plan-versions", org_slug, pk)
    messages.success(request, f"Version {number} holds again.")
    return redirect(SHOW, org_slug, pk)


@planners
@require_POST
def plan_vote(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    plan = plan_or_404(request, pk)
    page = shown_or_404(request, plan)
    form = VoteForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say whether it was of use: thumbs up or down.")
        return redirect(SHOW, org_slug, pk)
    changing.vote(
        page.version,
        by=request.user,
        is_up=form.cleaned_data["up"] == "yes",
        reason=form.cleaned_data["reason"],
        at=timezone.now(),
    )
    messages.success(request, "Thank you: that is kept with this version.")
    return redirect(f"{reverse(SHOW, args=[org_slug, pk])}#vote")


@planners
@require_safe
def plan_file(request: OrgRequest, org_slug: str, pk: int, kind: str) -> HttpResponse:
    plan = plan_or_404(request, pk)
    page = shown_or_404(request, plan)
    content_type, make = FILES[kind]
    name = f"plan-{slugify(plain_title(plan))[:60] or plan.pk}.{kind}"
    answer = HttpResponse(
        make(page),
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
    audit.record(
        AuditEvent.Action.EXPORT_TAKEN,
        by=request.user,
        org=request.org,
        subject=f"Plan: {plain_title(plan)}",
        detail={"kind": kind, "version": page.version.number},
        request=request,
    )
    return answer
