"""Words: who writes, what is known, what finds, what was planned and said."""

from assistant.models.chat import ChatTurn, Conversation
from assistant.models.knowledge import Audience, Document, DocumentVersion, Passage
from assistant.models.plans import CallPlan, PlanSection, PlanVersion, PlanVote
from assistant.models.search import Embedder, Language, SearchIndex, SearchPolicy, SearchText
from assistant.models.writers import WriterPolicy, WriterSpend

__all__ = [
    "Audience",
    "CallPlan",
    "ChatTurn",
    "Conversation",
    "Document",
    "DocumentVersion",
    "Embedder",
    "Language",
    "Passage",
    "PlanSection",
    "PlanVersion",
    "PlanVote",
    "SearchIndex",
    "SearchPolicy",
    "SearchText",
    "WriterPolicy",
    "WriterSpend",
]
