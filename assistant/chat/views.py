"""The page of questions in plain words: a list of conversations, a thread, and where to type."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from assistant.chat import conversing
from assistant.chat.answer import Shown
from assistant.chat.answers.plain import TITLES
from assistant.chat.conversing import QuestionError
from assistant.chat.suggesting import by_role, of_own_records
from assistant.chat.tasks import start_answering
from assistant.models import ChatTurn, Conversation
from assistant.models.chat import QUESTION_LENGTH
from revenue.jobs.models import State
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_block, render_page

PAGE, THREAD, TURNS = "assistant/chat.html", "chat-thread", "chat-turns"
LISTED, SHOWN = 60, 30
readers = for_roles(Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)


@readers
@require_safe
def chat_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    """A new conversation, with what can be asked."""
    return render_page(request, PAGE, page_of(request, conversation=None), partial=THREAD)


@readers
@require_safe
def chat_open(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    conversation = conversation_or_404(request, pk)
    return render_page(request, PAGE, page_of(request, conversation=conversation), partial=THREAD)


def page_of(request: OrgRequest, *, conversation: Conversation | None) -> dict[str, Any]:
    reader = request.membership
    rows = Conversation.objects.visible_to(reader).select_related("org")
    turns, hidden = [], 0
    if conversation is not None:
        newest = list(conversation.turns.select_related("job").order_by("-id")[: SHOWN + 1])
        hidden = conversation.turns.count() - SHOWN if len(newest) > SHOWN else 0
        turns = [shown(turn) for turn in newest[:SHOWN][::-1]]
    return {
        "conversation": conversation,
        "conversations": rows.order_by("-changed_at", "-id")[:LISTED],
        "turns": turns,
        "hidden": hidden,
        "draft": request.GET.get("q", "")[:QUESTION_LENGTH],
        "most": QUESTION_LENGTH,
        "by_role": by_role(reader) if not turns else [],
        "of_own": of_own_records(reader) if not turns else [],
    }


def shown(turn: ChatTurn) -> dict[str, Any]:
    job = turn.job
    failed = turn.is_waiting and (job is None or job.state in (State.FAILED, State.CANCELLED))
    return {
        "turn": turn,
        "answer": Shown(turn.answer, turn.pk),
        "about": TITLES.get(turn.agent, ""),
        "job": job if turn.is_waiting and not failed else None,
        "failed": failed,
        "reason": job.error if job is not None and failed else "",
    }


def conversation_or_404(request: OrgRequest, pk: int) -> Conversation:
    found: Conversation | None = (
        Conversation.objects.visible_to(request.membership).filter(pk=pk).first()
    )
    if found is None:
        raise Http404("This conversation is not yours, or was deleted.")
    found.org = request.org
    return found


def turn_or_404(request: OrgRequest, pk: int) -> ChatTurn:
    rows = ChatTurn.objects.visible_to(request.membership).select_related("conversation", "job")
    found: ChatTurn | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404("This question is not yours, or was deleted.")
    return found


@readers
@require_POST
def chat_ask(request: OrgRequest, org_slug: str) -> HttpResponse:
    given = request.POST.get("conversation", "")
    conversation = None
    if given:
        if not (given.isascii() and given.isdigit() and len(given) <= 18):
            raise Http404("This conversation is not yours, or was deleted.")
        conversation = conversation_or_404(request, int(given))
    try:
        turn, waits = conversing.ask(
            reader=request.membership,
            text=request.POST.get("question", ""),
            at=timezone.now(),
            conversation=conversation,
        )
    except QuestionError as error:
        return refused(request, str(error), conversation=conversation)
    return answered(request, turn, waits=waits, is_new=conversation is None)


def refused(
    request: OrgRequest, problem: str, *, conversation: Conversation | None
) -> HttpResponse:
    """What was typed stands in its place again."""
    context = page_of(request, conversation=conversation)
    context |= {"problem": problem, "draft": request.POST.get("question", "")[:QUESTION_LENGTH]}
    if not request.htmx:
        return render_page(request, PAGE, context, status=422)
    html = render_block(PAGE, block="chat-composer", context=context, request=request)
    answer = HttpResponse(html, status=422)
    return reswap(retarget(answer, "#chat-composer"), "outerHTML")


def answered(request: OrgRequest, turn: ChatTurn, *, waits: bool, is_new: bool) -> HttpResponse:
    if waits:
        start_answering(turn, org=request.org, by=request.user, request=request)
    url = reverse("assistant:chat-open", args=[request.org.slug, turn.conversation_id])
    if not request.htmx:
        return redirect(f"{url}#turn-{turn.pk}")
    if is_new or request.htmx.target != TURNS:
        return HttpResponseClientRedirect(f"{url}#turn-{turn.pk}")
    context = {"turns": [shown(turn)], "conversation": turn.conversation}
    return render_page(request, PAGE, context, partial=TURNS)


@readers
@require_POST
def turn_change(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    turn = turn_or_404(request, pk)
    try:
        made, waits = conversing.changed(
            turn,
            reader=request.membership,
            at=timezone.now(),
            without=request.POST.get("without", ""),
            slot=request.POST.get("slot", ""),
            value=request.POST.get("value", ""),
        )
    except QuestionError as error:
        messages.error(request, str(error))
        return redirect("assistant:chat-open", org_slug, turn.conversation_id)
    return answered(request, made, waits=waits, is_new=False)


@readers
@require_safe
def turn_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """One turn, as it is now: what a waiting one asks for each second."""
    turn = turn_or_404(request, pk)
    if not request.htmx:
        url = reverse("assistant:chat-open", args=[org_slug, turn.conversation_id])
        return redirect(f"{url}#turn-{turn.pk}")
    return render_page(request, "assistant/chat_turn.html", {"one": shown(turn)})


@readers
@require_POST
def chat_rename(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    conversation = conversation_or_404(request, pk)
    try:
        conversing.rename(conversation, title=request.POST.get("title", ""))
    except QuestionError as error:
        messages.error(request, str(error))
    return redirect("assistant:chat-open", org_slug, pk)


@readers
@require_POST
def chat_delete(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    conversation_or_404(request, pk).delete()
    messages.success(request, "The conversation was deleted.")
    return redirect("assistant:chat-show", org_slug)
