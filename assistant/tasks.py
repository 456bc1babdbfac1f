"""Where a worker finds the tasks of the rooms of words."""

from assistant.chat.tasks import answer_turn, word_mail
from assistant.knowledge.tasks import read_document
from assistant.plans.tasks import write_plan
from assistant.search.tasks import index_texts, refresh_texts
from assistant.writers.trying import try_writer

__all__ = [
    "answer_turn",
    "index_texts",
    "read_document",
    "refresh_texts",
    "try_writer",
    "word_mail",
    "write_plan",
]
