"""Words: who writes, what is known, what finds, what was planned and said."""

from assistant.models.knowledge import Audience, Document, DocumentVersion, Passage
from assistant.models.writers import WriterPolicy, WriterSpend

__all__ = ["Audience", "Document", "DocumentVersion", "Passage", "WriterPolicy", "WriterSpend"]
