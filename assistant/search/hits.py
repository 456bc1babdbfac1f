"""What is found, and what it may be found about."""

from dataclasses import dataclass

from accounts.models import Account, Opportunity

ACCOUNT, DEAL, CONTACT, ACTIVITY, PASSAGE = "account", "deal", "contact", "activity", "passage"
KINDS = (PASSAGE, ACCOUNT, DEAL, CONTACT, ACTIVITY)

# What a house writes and what sellers note down are two languages: each is weighed by itself.
DOCUMENTS, RECORDS = "documents", "records"
GROUPS = {DOCUMENTS: (PASSAGE,), RECORDS: (ACCOUNT, DEAL, CONTACT, ACTIVITY)}

AccountOrDeal = Account | Opportunity


@dataclass(frozen=True)
class Hit:
    """One text that its reader may open.

    `ref` is the row's own key, `excerpt` plain text and `marks` the places in it (from, to) that
    were asked for; `page` is that of a document, or None; `found_by` holds name, words, meaning.
    """

    kind: str
    ref: int
    title: str
    excerpt: str
    url: str
    page: int | None = None
    score: float = 0.0
    heading: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    found_by: tuple[str, ...] = ()
