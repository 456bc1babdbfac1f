"""Where a worker finds the tasks of the rooms of words."""

from assistant.knowledge.tasks import read_document
from assistant.plans.tasks import write_plan
from assistant.writers.trying import try_writer

__all__ = ["read_document", "try_writer", "write_plan"]
