"""Conversations of a person: asking, going on, changing what was understood, renaming."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from assistant.chat import free
from assistant.chat.answer import Answer
from assistant.chat.answering import answer_of, computed, understood
from assistant.chat.mail.answering import draft_of
from assistant.chat.mail.rewording import reworded
from assistant.chat.resolving import Ask
from assistant.chat.router.agents import TAKES
from assistant.chat.router.route import Routed
from assistant.markup import cleaned
from assistant.models import ChatTurn, Conversation
from assistant.models.chat import QUESTION_LENGTH, TITLE_LENGTH
from assistant.writers import OfflineError, Turn, writer_for
from revenue.users.models import Membership, Org

MOST_TURNS = 200
MOST_CONVERSATIONS = 200
BEFORE = 4  # turns that a provider is told of
BY_PROVIDER = frozenset({"knowledge", "mail"})


class QuestionError(Exception):
    """Why it cannot be asked; the message says what to do."""


def question_of(text: str) -> str:
    plain = " ".join(cleaned(text.replace("\0", " ")).split())
    if not plain:
        raise QuestionError("Type a question first.")
    if len(plain) > QUESTION_LENGTH:
        raise QuestionError(f"Ask in at most {QUESTION_LENGTH:,} characters.")
    return plain


def previous_of(conversation: Conversation) -> Routed | None:
    """What was understood last; help and gibberish in between change no subject."""
    rows = conversation.turns.filter(state=ChatTurn.State.ANSWERED).order_by("-id")[:5]
    for turn in rows:
        if turn.agent in TAKES and turn.agent not in ("help", "readonly", "knowledge"):
            return routed_of(turn)
    return None


def routed_of(turn: ChatTurn) -> Routed:
    return Routed(
        agent=turn.agent,
        slots=dict(turn.slots),
        confidence=float(turn.routed.get("confidence", 1.0)),
        text=turn.question,
    )


def ask(
    *, reader: Membership, text: str, at: datetime, conversation: Conversation | None = None
) -> tuple[ChatTurn, bool]:
    """The turn, and whether a job is to answer it: what a provider writes takes its time."""
    question = question_of(text)
    previous = previous_of(conversation) if conversation is not None else None
    asked = understood(question, reader=reader, at=at, previous=previous)
    return turned(asked, question=question, conversation=conversation)


def turned(
    asked: Ask, *, question: str, conversation: Conversation | None
) -> tuple[ChatTurn, bool]:
    waits = asked.routed.agent in BY_PROVIDER and is_provided(asked.reader.org)
    answer = None if waits else answer_of(asked)
    with transaction.atomic():
        found = conversation or begun(asked.reader, question=question, at=asked.at)
        turn = ChatTurn(
            org=asked.reader.org,
            owner=asked.reader.user,
            conversation=found,
            question=question,
            routed={
                "agent": asked.routed.agent,
                "slots": asked.routed.slots,
                "confidence": round(asked.routed.confidence, 3),
                "others": list(asked.routed.others),
            },
            asked_at=asked.at,
        )
        if answer is not None:
            turn.answer, turn.state = answer.as_data(), ChatTurn.State.ANSWERED
            turn.answered_at = asked.at
        turn.save()
        found.changed_at = asked.at
        found.save(update_fields=["changed_at"])
        old = found.turns.order_by("-id").values_list("pk", flat=True)[MOST_TURNS:]
        found.turns.filter(pk__in=list(old)).delete()
    return turn, waits


def is_provided(org: Org) -> bool:
    try:
        return writer_for(org=org) is not None
    except OfflineError:
        return True  # it cannot write now: the notice is told with the answer


def begun(reader: Membership, *, question: str, at: datetime) -> Conversation:
    title = question if len(question) <= TITLE_LENGTH else f"{question[: TITLE_LENGTH - 1]}…"
    made = Conversation.objects.create(
        org=reader.org, owner=reader.user, title=title, made_at=at, changed_at=at
    )
    rows = Conversation.objects.visible_to(reader).order_by("-changed_at", "-id")
    old = list(rows.values_list("pk", flat=True)[MOST_CONVERSATIONS:])
    Conversation.objects.filter(pk__in=old).delete()
    return made


def changed(
    turn: ChatTurn,
    *,
    reader: Membership,
    at: datetime,
    without: str = "",
    slot: str = "",
    value: str = "",
) -> tuple[ChatTurn, bool]:
    """The same question with a condition less, or with what was meant by a name."""
    routed = routed_of(turn)
    if without:
        slots = {name: each for name, each in routed.slots.items() if name != without}
        chip = next(
            (c["text"] for c in turn.answer.get("chips", ()) if c["slot"] == without), without
        )
        question = f"Without: {chip}"
    elif slot in TAKES.get(routed.agent, ()) and value:
        slots = {**routed.slots, slot: value}
        label = next(
            (c["label"] for c in turn.answer.get("choices", ()) if c["value"] == value), value
        )
        question = label
    else:
        raise QuestionError("That choice is not there any more: ask again.")
    asked = Ask(reader=reader, at=at, routed=replace(routed, slots=slots, confidence=1.0))
    return turned(asked, question=question[:QUESTION_LENGTH], conversation=turn.conversation)


def answer_by_provider(turn: ChatTurn, *, reader: Membership, at: datetime) -> Answer:
    asked = Ask(reader=reader, at=at, routed=routed_of(turn))
    if turn.agent == "mail":
        return with_better_words(asked, at=at)
    return free.written(asked, compute=lambda text: computed(text, asked), before=told_before(turn))


def with_better_words(asked: Ask, *, at: datetime) -> Answer:
    answer = answer_of(asked)
    if not answer.draft:
        return answer
    draft, facts, _ = draft_of(asked)
    better, notice = reworded(draft, facts, reader=asked.reader, at=at)
    answer.draft = {**answer.draft, **better.as_data()}
    if notice:
        answer.notes.append(notice)
    elif better != draft:
        answer.notes.append("Worded by a language model; numbers and names were checked.")
    return answer


def told_before(turn: ChatTurn) -> list[Turn]:
    rows = turn.conversation.turns.filter(pk__lt=turn.pk, state=ChatTurn.State.ANSWERED)
    found: list[Turn] = []
    for one in list(rows.order_by("-id")[:BEFORE])[::-1]:
        text = str(one.answer.get("text", ""))[:1500]
        if text:
            found += [Turn("user", one.question), Turn("assistant", text)]
    return found


def answered(turn: ChatTurn, answer: Answer, *, at: datetime) -> None:
    ChatTurn.objects.filter(pk=turn.pk, state=ChatTurn.State.WAITING).update(
        answer=answer.as_data(), state=ChatTurn.State.ANSWERED, answered_at=at
    )


def rename(conversation: Conversation, *, title: str) -> None:
    plain = " ".join(cleaned(title.replace("\0", " ")).split())
    if not plain:
        raise QuestionError("Give the conversation a name.")
    if len(plain) > TITLE_LENGTH:
        raise QuestionError(f"Use at most {TITLE_LENGTH} characters for the name.")
    conversation.title = plain
    conversation.save(update_fields=["title"])
