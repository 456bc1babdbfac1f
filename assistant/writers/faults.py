"""What goes wrong with a provider: for the person who waits, and for the admin who may mend it."""

from dataclasses import dataclass, field

from assistant.writers.asking import Said


@dataclass
class ProviderError(Exception):
    """`words` are for everybody; `detail` is for the log, and holds nothing that was sent."""

    words: str
    detail: str = ""
    is_passing: bool = False  # worth another try
    retry_after: str = ""
    said: Said = field(default_factory=lambda: Said(""))  # what had come by then

    def __str__(self) -> str:
        return self.detail or self.words


NOT_REACHED = "The writing service could not be reached"
TOO_SLOW = "The writing service took too long"
KEY_REFUSED = "The writing service refused the key of this organisation"
BUSY = "The writing service is busy"
BROKEN = "The writing service had an error"
UNREADABLE = "The writing service gave an answer that could not be read"
NOT_TAKEN = "The writing service did not take the question"
NO_ADDRESS = "The address of the writing service may not be used"


def fault_of_status(status: int, *, detail: str = "", retry_after: str = "") -> ProviderError:
    told = f"HTTP {status} {detail}".strip()[:300]
    if status in (401, 403):
        return ProviderError(KEY_REFUSED, told)
    if status in (429, 529):
        return ProviderError(BUSY, told, is_passing=True, retry_after=retry_after)
    if status in (408, 409) or status >= 500:
        return ProviderError(BROKEN, told, is_passing=True, retry_after=retry_after)
    return ProviderError(NOT_TAKEN, told)
