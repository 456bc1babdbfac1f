"""What a person asked, and was answered."""

from typing import Any

from assistant.models import ChatTurn, Conversation
from revenue.users.models import Org, User
from tests.factories.facts import NOON


def a_conversation(*, org: Org, owner: User, **facts: Any) -> Conversation:
    """With one question, answered."""
    conversation = Conversation.objects.create(
        **{
            "org": org,
            "owner": owner,
            "title": "How does the pipeline look?",
            "made_at": NOON,
            "changed_at": NOON,
            **facts,
        }
    )
    a_turn(conversation=conversation, question=conversation.title)
    return conversation


def a_turn(*, conversation: Conversation, **facts: Any) -> ChatTurn:
    found: ChatTurn = ChatTurn.objects.create(
        **{
            "org": conversation.org,
            "owner": conversation.owner,
            "conversation": conversation,
            "question": "How does the pipeline look?",
            "routed": {"agent": "pipeline", "slots": {}, "confidence": 1.0},
            "state": ChatTurn.State.ANSWERED,
            "answer": {"title": "Pipeline", "text": "**$1** is open."},
            "asked_at": NOON,
            "answered_at": NOON,
            **facts,
        }
    )
    return found
