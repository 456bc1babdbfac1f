"""What people do about a deal: decide about what is suggested, and write notes."""

import json
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from forecasting import acting
from forecasting.deal_page.look import Look
from forecasting.deal_page.noted import NoteForm
from forecasting.deal_page.parts import PARTS
from forecasting.models import DealAction, DealNote
from forecasting.views.deal import answer_with, look_at, wants_panel
from revenue.users.access import OrgRequest, any_member, for_roles
from revenue.users.roles import SELLING

DONE_WORDS = {
    "accept": "Accepted.",
    "dismiss": "Dismissed.",
    "done": "Marked as done.",
    "undo": "Taken back.",
}
ACTIONS, NOTES = PARTS["deal-actions"], PARTS["deal-notes"]


def answered(request: OrgRequest, look: Look, part: Any, *, said: str) -> HttpResponse:
    """The panel as it is now; without script, the page again at the same place."""
    if not wants_panel(request):
        page = reverse("forecasting:deal-panel", args=[look.org.slug, look.deal.pk])
        return redirect(f"{page}#{part.id}")
    answer = answer_with(request, look, part, further={"is_decided": True})
    answer.headers["HX-Trigger"] = json.dumps({"toast": {"kind": "success", "text": said}})
    return answer


def one_of(look: Look, model: Any, pk: int) -> Any:
    found = look.of_deal(model).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@for_roles(*SELLING)
@require_POST
def action_decide(request: OrgRequest, org_slug: str, pk: int, action_pk: int) -> HttpResponse:
    look = look_at(request, pk)
    action: DealAction = one_of(look, DealAction, action_pk)
    try:
        said = decided(request, action, at=look.at)
    except acting.ActingError as problem:
        tried = request.POST.get("decision", "")
        further = {"problem": str(problem), "problem_of": action.pk, "tried": tried}
        return answer_with(request, look, ACTIONS, further=further, status=422)
    return answered(request, look, ACTIONS, said=said)


def decided(request: OrgRequest, action: acting.Action, *, at: datetime) -> str:
    """What the person decided about what is suggested, done, and said."""
    decision = request.POST.get("decision", "")
    match decision:
        case "accept":
            acting.accept(action, by=request.user, at=at)
        case "dismiss":
            reason = request.POST.get("reason", "")
            acting.dismiss(action, reason=reason, by=request.user, at=at)
        case "done":
            acting.finish(action, by=request.user, at=at)
        case "undo":
            acting.undo(action, by=request.user, at=at)
        case _:
            raise acting.ActingError("Choose what to do: accept, dismiss, done or undo.")
    return DONE_WORDS[decision]


@any_member
@require_http_methods(["GET", "HEAD", "POST"])
def deal_notes(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    look = look_at(request, pk)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return answer_with(request, look, NOTES)
    if not form.is_valid():
        return answer_with(request, look, NOTES, further={"note_form": form}, status=422)
    acting.add_note(
        org=look.org,
        opportunity_ref=look.deal.external_id,
        text=form.cleaned_data["text"],
        by=request.user,
        at=look.at,
    )
    return answered(request, look, NOTES, said="Noted.")


@any_member
@require_http_methods(["GET", "HEAD", "POST"])
def note_change(request: OrgRequest, org_slug: str, pk: int, note_pk: int) -> HttpResponse:
    """Its author's alone; to others it is not there."""
    look = look_at(request, pk)
    note = own_note(request, look, note_pk)
    form = NoteForm(
        request.POST if request.method == "POST" else None,
        initial={"text": note.text},
        auto_id=f"id_%s_{note.pk}",
    )
    if form.is_bound and form.is_valid():
        acting.rewrite_note(note, text=form.cleaned_data["text"])
        return answered(request, look, NOTES, said="Saved.")
    further = {"edited": note.pk, "edit_form": form}
    return answer_with(request, look, NOTES, further=further, status=422 if form.is_bound else 200)


@any_member
@require_POST
def note_delete(request: OrgRequest, org_slug: str, pk: int, note_pk: int) -> HttpResponse:
    look = look_at(request, pk)
    own_note(request, look, note_pk).delete()
    return answered(request, look, NOTES, said="Deleted.")


def own_note(request: OrgRequest, look: Look, pk: int) -> DealNote:
    note: DealNote = one_of(look, DealNote, pk)
    if note.author_id != request.user.pk:
        raise Http404
    return note
