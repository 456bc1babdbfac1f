"""What a question narrows, put on this reader's org and day: people, teams, periods, records."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from accounts import search as names
from accounts.about.choices import owners_seen_by, values_of
from accounts.about.hierarchy import Node, Tree
from accounts.about.teams import teams_seen_by
from accounts.models import Account, CrmUser, Opportunity, Product
from assistant.chat.router.lexicon import Lexicon
from assistant.chat.router.periods import Span, span_of
from assistant.chat.router.route import Routed
from assistant.chat.router.words import folded
from forecasting.deals.sizes import LARGEST, SIZES
from forecasting.models import DealOutlook
from revenue.users.models import Membership
from revenue.users.roles import Role
from revenue.web.templatetags import web

MOST_CHOICES = 6
PAST = frozenset({"won", "lost"})
SIZES_SAID = {
    "small": ("Small", [name for below, name in SIZES if below <= 250]),
    "mid": ("Mid-market", [name for below, name in SIZES if below == 1000]),
    "enterprise": ("Enterprise", [name for below, name in SIZES if below > 1000] + [LARGEST]),
}
WARNINGS_SAID = {
    "no_activity": "quiet",
    "ghosted": "ghosted",
    "overdue": "overdue",
    "pushed": "pushed again and again",
    "stalled": "stalled",
    "single_threaded": "single-threaded",
    "no_next_step": "without a next step",
    "amount_fell": "amount fell",
}
SORTS_SAID = {
    "amount": "by amount",
    "close": "by close date",
    "chance": "by chance",
    "risk": "by risk",
    "expected": "by expected value",
}
BANDS_SAID = {"red": "at risk", "yellow": "to watch", "green": "healthy"}


class UnclearError(Exception):
    """Several fit, and the person is asked: pairs of what is shown and what it stands for."""

    def __init__(self, question: str, slot: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(question)
        self.question, self.slot, self.choices = question, slot, choices


class UnknownError(Exception):
    """Nothing of that name is this reader's to see; the message says so."""


@dataclass(frozen=True)
class Ask:
    """One question of one reader; what it needs is looked up once."""

    reader: Membership
    at: datetime
    routed: Routed
    notes: list[str] = field(default_factory=list)

    @property
    def slots(self) -> dict[str, Any]:
        return self.routed.slots

    @property
    def org(self) -> Any:
        return self.reader.org

    @property
    def currency(self) -> str:
        return str(self.reader.org.currency)

    @cached_property
    def today(self) -> date:
        found: date = self.org.today(at=self.at)
        return found

    @cached_property
    def period(self) -> Span | None:
        return self.span("period")

    @cached_property
    def versus(self) -> Span | None:
        return self.span("versus")

    def span(self, slot: str) -> Span | None:
        said = self.slots.get(slot)
        if not said:
            return None
        ahead = self.slots.get("state") not in PAST and self.routed.agent not in LOOKING_BACK
        return span_of(said, today=self.today, first_month=self.org.fiscal_month, ahead=ahead)

    @cached_property
    def owners(self) -> list[tuple[str, str]]:
        """Key and name of each; of `me`, the CRM users that a seller is."""
        said = self.slots.get("owner")
        if not said:
            return []
        if said == "me":
            return own_keys(self.reader) if self.reader.role == Role.REP else []
        return [self.owner_named(each) for each in (said if isinstance(said, list) else [said])]

    def owner_named(self, said: str) -> tuple[str, str]:
        everyone = owners_seen_by(self.reader)
        if said.startswith("ref:"):
            fitting = [pair for pair in everyone if pair[0] == said.removeprefix("ref:")]
        else:
            fitting = people_called(said, everyone)
        if not fitting:
            raise UnknownError(f"No seller called “{said.removeprefix('ref:')}” is yours to see.")
        if len(fitting) > 1:
            choices = [(name, f"ref:{ref}") for ref, name in fitting[:MOST_CHOICES]]
            raise UnclearError(f"Which {said.capitalize()} do you mean?", "owner", choices)
        return fitting[0]

    @cached_property
    def tree(self) -> Tree:
        return teams_seen_by(self.reader)

    @cached_property
    def team(self) -> Node | None:
        """Of `me`, nobody: a manager's lists hold the team anyway."""
        said = self.slots.get("team")
        if not said or said == "me":
            return None
        nodes = list(self.tree.nodes.values())
        if said.startswith("ref:"):
            fitting = [node for node in nodes if node.key == said.removeprefix("ref:")]
        else:
            called = {key for key, _ in people_called(said, [(one.key, one.name) for one in nodes])}
            leads = [node for node in self.tree.teams if node.key in called]
            fitting = leads or [node for node in nodes if node.key in called]
        if not fitting:
            raise UnknownError(f"No team of “{said.removeprefix('ref:')}” is yours to see.")
        if len(fitting) > 1:
            choices = [(node.name, f"ref:{node.key}") for node in fitting[:MOST_CHOICES]]
            raise UnclearError("Whose team do you mean?", "team", choices)
        return fitting[0]

    @property
    def amount(self) -> tuple[int | None, int | None]:
        said = str(self.slots.get("amount", ""))
        if ".." in said:
            low, high = said.split("..")
            return int(low), int(high)
        if said.startswith(">"):
            return int(said[1:]), None
        if said.startswith("<"):
            return None, int(said[1:])
        return None, None

    def values(self, slot: str) -> list[str]:
        said = self.slots.get(slot)
        if said is None:
            return []
        found = list(said) if isinstance(said, list) else [said]
        return SIZES_SAID[found[0]][1] if slot == "size" and found[0] in SIZES_SAID else found

    @cached_property
    def account(self) -> Account | None:
        """Whom the question is about, or whose deal it is about."""
        found = self.record
        if isinstance(found, Opportunity):
            accounts = Account.objects.visible_to(self.reader)
            return accounts.filter(external_id=found.account_ref).first()
        return found

    @cached_property
    def record(self) -> Account | Opportunity | None:
        said = str(self.slots.get("about", ""))
        if not said:
            return None
        return record_of(self.reader, said, deals_first=self.routed.agent == "deal")

    def chips(self) -> list[dict[str, str]]:
        """What was understood, in the order of reading; each can be taken away."""
        found = [(slot, text) for slot in CHIPPED if (text := self.said(slot))]
        return [{"slot": slot, "text": text} for slot, text in found]

    def said(self, slot: str) -> str:  # noqa: C901, PLR0911, PLR0912
        value = self.slots.get(slot)
        if value is None or value == "":
            return ""
        match slot:
            case "owner":
                names = ", ".join(name for _, name in self.owners)
                return names or ("everything you see" if value == "me" else "")
            case "team":
                return f"team of {self.team.name}" if self.team else "your team"
            case "period" if self.period:
                past = self.slots.get("state") in PAST
                how = "closing " if self.routed.agent in CLOSING else ""
                how = "closed " if past else how
                return f"{how}{self.period.label}"
            case "versus" if self.versus:
                return f"beside {self.versus.label}"
            case "amount":
                return amount_said(self.amount, currency=self.currency)
            case "warning":
                return ", ".join(WARNINGS_SAID.get(each, each) for each in value)
            case "grade":
                return ("tier " if self.routed.agent == "leads" else "grade ") + ", ".join(value)
            case "size":
                return SIZES_SAID[value][0] if value in SIZES_SAID else str(value)
            case "count":
                return f"first {value}"
            case "sort":
                return SORTS_SAID.get(value, str(value))
            case "band":
                return BANDS_SAID.get(value, str(value))
            case "about":
                return str(self.record) if self.record is not None else str(value)
            case "tone" | "mail":
                return str(value).replace("re_engagement", "re-engagement").replace("_", "-")
        return ", ".join(value) if isinstance(value, list) else str(value)

    def with_slots(self, **slots: Any) -> "Ask":
        kept = {name: value for name, value in {**self.slots, **slots}.items() if value is not None}
        return replace(self, routed=replace(self.routed, slots=kept))


CHIPPED = (
    "about", "to", "state", "warning", "grade", "band", "stage", "kind", "product", "amount",
    "period", "versus", "industry", "region", "size", "owner", "team", "mail", "tone", "sort",
    "count",
)  # fmt: skip
CLOSING = frozenset({"pipeline", "top", "risk", "deals"})
LOOKING_BACK = frozenset({"conversion", "winrate", "changes", "leads", "team", "industries"})


def amount_said(amount: tuple[int | None, int | None], *, currency: str) -> str:
    low, high = amount
    if low is not None and high is not None:
        return f"{web.money(low, currency)} to {web.money(high, currency)}"
    if low is not None:
        return f"over {web.money(low, currency)}"
    return f"under {web.money(high, currency)}" if high is not None else ""


def people_called(said: str, everyone: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of the whole name, else of each part that was said."""
    wanted = folded(said).split()
    whole = [pair for pair in everyone if folded(pair[1]) == " ".join(wanted)]
    if whole:
        return whole
    return [pair for pair in everyone if set(wanted) <= set(parts_of(pair[1]))]


def parts_of(name: str) -> list[str]:
    return folded(name).replace("-", " ").replace(":", " ").split()


def own_keys(reader: Membership) -> list[tuple[str, str]]:
    own = CrmUser.objects.of(reader.org).filter(membership=reader, deleted_at=None)
    return list(own.order_by("external_id").values_list("external_id", "name"))


def record_of(reader: Membership, said: str, *, deals_first: bool) -> Account | Opportunity:
    """The one that is meant: by its whole name, a beginning, or what is written alike."""
    kind, _, key = said.partition(":")
    if kind in ("account", "deal") and key.isdigit():
        model: Any = Account if kind == "account" else Opportunity
        found = model.objects.visible_to(reader).filter(pk=int(key)).select_related("org").first()
        if found is None:
            raise UnknownError("That record is not yours to see, or not there any more.")
        record: Account | Opportunity = found
        return record
    kinds = (
        (names.Kind.DEAL, names.Kind.ACCOUNT)
        if deals_first
        else (names.Kind.ACCOUNT, names.Kind.DEAL)
    )
    several = names.search(reader=reader, text=said, kinds=kinds, most=MOST_CHOICES)
    rows = {each.kind: list(each.rows) for each in several}
    for which in kinds:
        close = closest(said, rows.get(which, []))
        if len(close) == 1:
            only: Account | Opportunity = close[0]
            return only
        if close:
            choices = [(choice_said(row), f"{which}:{row.pk}") for row in close]
            raise UnclearError(f"Several fit “{said}”. Which one do you mean?", "about", choices)
    raise UnknownError(
        f"I found no account, deal or seller called “{said}” among those that you may see."
    )


def closest(said: str, rows: Sequence[Any]) -> list[Any]:
    wanted = folded(said).strip()
    same = [row for row in rows if folded(row.name) == wanted]
    begins = [row for row in rows if folded(row.name).startswith(f"{wanted} ")]
    found = same or begins or list(rows)
    still_open = [row for row in found if isinstance(row, Opportunity) and not row.is_closed]
    return still_open if len(still_open) == 1 else found


def choice_said(row: Any) -> str:
    if isinstance(row, Opportunity) and row.account is not None and row.account.deleted_at is None:
        return f"{row.name} ({row.account.name})"
    return str(row.name)


def lexicon_for(reader: Membership) -> Lexicon:
    """What the org calls things, as far as this reader meets it on the pages."""
    deals = Opportunity.objects.visible_to(reader)
    outlooks = DealOutlook.objects.visible_to(reader)
    accounts = Account.objects.visible_to(reader)
    products = Product.objects.of(reader.org).present()

    def held(rows: Any, column: str) -> tuple[str, ...]:
        return tuple(value for value, _ in values_of(rows, column, reader=reader))

    return Lexicon(
        people=tuple(name for _, name in owners_seen_by(reader)),
        industries=held(accounts, "industry"),
        regions=held(outlooks, "region"),
        stages=held(deals, "stage"),
        kinds=held(deals, "kind"),
        products=held(products, "name"),
        teams=tuple(node.name for node in teams_seen_by(reader).teams),
    )
