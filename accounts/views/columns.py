"""What the columns of an unknown file are: a guess, twenty rows as they would land, an answer."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.connectors.csv_files.mapping import CHOICES
from accounts.connectors.csv_files.problems import FileProblem, MappingProblem
from accounts.connectors.csv_files.reading import DELIMITERS, NAMES_OF_DELIMITERS
from accounts.models import ColumnMapping, UploadedFile
from accounts.records import OBJECTS
from accounts.uploading import looking, starting
from accounts.uploading.guessing import guess_object
from accounts.uploading.mapping_form import MappingForm, object_choices
from accounts.uploading.sample import Preview, Sample, preview_of, sample_of
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

GONE = "These files are being imported, or are not here any more."
SAVED = "Saved. Files with these columns are known from now on."


class ReadingForm(forms.Form):
    delimiter = forms.ChoiceField(
        label="Values are separated by",
        required=False,
        choices=[
            ("", "As the file shows"),
            *((each, NAMES_OF_DELIMITERS[each].capitalize()) for each in DELIMITERS),
        ],
    )
    encoding = forms.ChoiceField(
        label="Letters are written as",
        required=False,
        choices=[
            ("", "As the file shows"),
            *((each, looking.encoding_label(each)) for each in CHOICES["encoding"]),
        ],
    )


def file_of(request: OrgRequest, pk: int) -> UploadedFile:
    rows = UploadedFile.objects.filter(org=request.org)
    rows = rows.select_related("upload__org", "upload__job")
    found: UploadedFile = get_object_or_404(rows, pk=pk)
    return found


@for_roles(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def import_map(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    file = file_of(request, pk)
    if not file.upload.may_change:
        messages.error(request, GONE)
        return redirect("accounts:import-show", org_slug, file.upload_id)
    if "forget" in request.POST:
        starting.forget_mapping(
            org=request.org, fingerprint=file.fingerprint, by=request.user, request=request
        )
        return redirect("accounts:import-map", org_slug, pk)
    try:
        sample = sample_of(file)
    except FileProblem as problem:
        return shown(request, file, form=None, problem=str(problem))
    form = form_for(request, file, sample)
    if request.method != "POST" or "preview" in request.POST or request.htmx.target == "preview":
        return shown(request, file, form=form)
    if not form.is_valid():
        return shown(request, file, form=form, status=422)
    starting.keep_mapping(
        org=request.org,
        fingerprint=file.fingerprint,
        said=form.said(),
        by=request.user,
        at=timezone.now(),
        request=request,
    )
    messages.success(request, SAVED)
    return redirect("accounts:import-show", org_slug, file.upload_id)


def form_for(request: OrgRequest, file: UploadedFile, sample: Sample) -> MappingForm:
    saved = ColumnMapping.objects.filter(org=request.org, fingerprint=file.fingerprint).first()
    mapping = looking.mapping_for(request.org, [file.fingerprint])
    before = mapping.entries[0].object_name if mapping.entries else ""
    asked = request.POST.get("object") or request.GET.get("object") or before
    if asked not in OBJECTS:
        asked = guess_object(sample.columns(), file_name=file.name)
    return MappingForm(
        request.POST if request.method == "POST" else None,
        sample=sample,
        object_name=asked,
        fingerprint=file.fingerprint,
        said=saved.said if saved and asked == before else None,
    )


def shown(
    request: OrgRequest,
    file: UploadedFile,
    *,
    form: MappingForm | None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "file": file,
        "form": form,
        "problem": problem,
        "reading": ReadingForm(initial={"delimiter": file.delimiter, "encoding": file.encoding}),
    }
    if form is not None:
        preview, said = previewed(request, form)
        context |= {
            "objects": object_choices(),
            "record": OBJECTS[form.object_name].record,
            "sample": form.sample,
            "delimiter": NAMES_OF_DELIMITERS[form.sample.table.delimiter],
            "preview": preview,
            "preview_problem": said,
            "is_saved": ColumnMapping.objects.filter(
                org=request.org, fingerprint=file.fingerprint
            ).exists(),
        }
    return render_page(
        request, "accounts/import_map.html", context, partial="preview", status=status
    )


def previewed(request: OrgRequest, form: MappingForm) -> tuple[Preview | None, str]:
    """What is sent, or what the page begins with; or why there is nothing to be seen."""
    if form.is_bound and not form.is_valid():
        return None, " ".join(map(str, form.non_field_errors())) or "Choose among what is offered."
    table = form.sample.table
    try:
        layout = form.mapping().layout(table.header, file_name=table.name)
    except (FileProblem, MappingProblem) as problem:
        return None, str(problem).removeprefix("The mapping: ")
    return preview_of(form.sample, layout=layout, zone=ZoneInfo(request.org.timezone)), ""


@for_roles(Role.ADMIN)
@require_POST
def import_read(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    file = file_of(request, pk)
    form = ReadingForm(request.POST)
    if not file.upload.may_change:
        messages.error(request, GONE)
        return redirect("accounts:import-show", org_slug, file.upload_id)
    if form.is_valid():
        try:
            looking.look_again(file, **form.cleaned_data)
        except FileProblem as problem:
            messages.error(request, str(problem))
    return redirect("accounts:import-map", org_slug, pk)
