"""Fields of the source and where each goes, for admins."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from accounts import mapping
from accounts.models import SourceField
from accounts.records import OBJECTS
from accounts.tables.mapping import FIELDS, goes_to, in_words
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

DECISIONS = {
    "accept": mapping.accept_type,
    "apart": mapping.keep_apart,
    "release": mapping.release,
}


class DestinationForm(forms.Form):
    destination = forms.ChoiceField(
        label="Goes to",
        help_text="A column of ours, where pages and models look; or the other fields of the "
        "record, which are kept as they come.",
    )

    def __init__(self, *args: Any, field: SourceField, **more: Any) -> None:
        super().__init__(*args, **more)
        columns = [f"{mapping.COLUMN}{name}" for name in mapping.columns_for(field)]
        names = [mapping.EXTRA, mapping.SKIP, *columns]
        chosen: Any = self.fields["destination"]
        chosen.choices = [(name, in_words(name)) for name in names]
        chosen.initial = mapping.destination_of(field)


def fields_of(request: OrgRequest, object_name: str) -> Any:
    if object_name not in OBJECTS:
        raise Http404("There is no such object.")
    found = SourceField.objects.filter(org=request.org, object_name=object_name)
    return found.select_related("org")


@for_roles(Role.ADMIN)
@require_safe
def mapping_list(request: OrgRequest, org_slug: str, object_name: str) -> HttpResponse:
    fields = fields_of(request, object_name)
    table = FIELDS.bind(request.GET, queryset=fields, path=request.path)
    context = {"table": table, "object": OBJECTS[object_name]}
    return render_page(
        request, "accounts/mapping_list.html", context, partial=table.id, push_url=table.url
    )


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def mapping_change(request: OrgRequest, org_slug: str, object_name: str, pk: int) -> HttpResponse:
    field = get_object_or_404(fields_of(request, object_name), pk=pk)
    decision = DECISIONS.get(request.POST.get("decision", ""))
    form = DestinationForm(None if decision else request.POST or None, field=field)
    try:
        if decision:
            decision(field=field, by=request.user, request=request)
        elif form.is_valid():
            mapping.set_destination(
                field=field,
                destination=form.cleaned_data["destination"],
                by=request.user,
                request=request,
            )
        else:
            return shown(request, field=field, form=form)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"Saved. The next sync reads all of {object_name} again.")
    return redirect("accounts:mapping-list", org_slug, object_name)


def shown(request: OrgRequest, *, field: SourceField, form: DestinationForm) -> HttpResponse:
    context = {
        "field": field,
        "form": form,
        "object": OBJECTS[field.object_name],
        "goes_to": goes_to(field),
        "is_fixed": mapping.is_fixed(field),
        "filled": mapping.filled(field),
    }
    status = 422 if form.is_bound else 200
    return render_page(
        request, "accounts/mapping_change.html", context, partial="drawer-body", status=status
    )
