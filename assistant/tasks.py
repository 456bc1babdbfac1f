"""Where a worker finds the tasks of the rooms of words."""

from assistant.knowledge.tasks import read_document

__all__ = ["read_document"]
