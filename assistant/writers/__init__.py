"""Facts into words: by a provider that the org chose, within its budget, or not at all."""

from assistant.writers.asking import Call, OfflineError, Tool, Turn, Usage, Written
from assistant.writers.door import write, writer_for
from assistant.writers.fencing import fenced

__all__ = [
    "Call",
    "OfflineError",
    "Tool",
    "Turn",
    "Usage",
    "Written",
    "fenced",
    "write",
    "writer_for",
]
