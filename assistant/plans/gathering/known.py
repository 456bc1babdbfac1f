"""Facts in the form that sentences are made of; each names the source that it stands in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from assistant.claims import Source, Value
from revenue.users.models import Org


@dataclass(frozen=True)
class Person:
    key: str
    name: str
    title: str
    role: str
    is_primary: bool
    is_senior: bool
    last_on: date | None
    has_left: bool = False
    left_on: date | None = None
    seen_in: str = ""  # what speaks of them as there after they left: the records disagree

    @property
    def first(self) -> str:
        return self.name.split(" ")[0] if self.name else "the contact"


@dataclass(frozen=True)
class Said:
    """Something that was written or noted about the customer."""

    key: str
    on: date
    kind: str
    subject: str
    text: str
    by: str
    is_incoming: bool


@dataclass(frozen=True)
class Meeting:
    key: str
    on: date
    time: str
    kind: str
    subject: str
    text: str


@dataclass(frozen=True)
class Reason:
    key: str
    name: str
    title: str
    words: str
    points: float
    rate: str


@dataclass(frozen=True)
class Move:
    key: str
    name: str
    title: str
    points: float
    probability: float


@dataclass(frozen=True)
class Warned:
    key: str
    name: str
    title: str
    lasting: str


@dataclass(frozen=True)
class Play:
    key: str
    trigger: str
    title: str
    advice: str
    is_accepted: bool


@dataclass(frozen=True)
class Like:
    key: str
    name: str
    account: str
    amount: Decimal | None
    currency: str
    days: int | None
    ended_on: date | None
    industry: str
    rival: str


@dataclass(frozen=True)
class Offer:
    key: str
    product: str
    probability: float
    reason: str
    kind: str
    lift: float  # of the reason, beside any customer


@dataclass(frozen=True)
class Ticket:
    key: str
    subject: str
    priority: str
    opened_on: date | None
    is_escalated: bool


@dataclass(frozen=True)
class Quoted:
    """A sentence of a document of the house that fits what was looked for."""

    key: str
    text: str
    title: str
    place: str
    kind: str = ""


@dataclass(frozen=True)
class Rival:
    """How deals that the reader sees ended where the same name stood against them."""

    key: str
    name: str
    won: int
    lost: int
    all_won: int
    all_lost: int


@dataclass
class Known:
    """Everything about one customer at one moment, for one reader."""

    org: Org
    at: datetime
    today: date
    seed: str
    sources: dict[str, Source] = field(default_factory=dict)
    people: Sequence[Person] = ()
    said: Sequence[Said] = ()  # the newest first
    ahead: Sequence[Meeting] = ()  # the next first
    offers: Sequence[Offer] = ()
    tickets: Sequence[Ticket] = ()
    quoted: dict[str, list[Quoted]] = field(default_factory=dict)
    against: Sequence[str] = ()  # what speaks of a competitor, by key

    def source(
        self,
        key: str,
        title: str,
        url: str,
        values: Iterable[Value] = (),
        text: str = "",
        names: Iterable[str] = (),
    ) -> str:
        names = tuple(name for name in names if name)
        self.sources[key] = Source(key, title, url, tuple(values), text, names)
        return key

    def best(self, about: str) -> Quoted | None:
        found = self.quoted.get(about)
        return found[0] if found else None


Sources = Mapping[str, Source]
