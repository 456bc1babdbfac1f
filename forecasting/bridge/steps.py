"""From one forecast to another, one thing after another, over the same worlds.

Beginning with what the earlier forecast rested on, each step puts in what one kind of change made
of it, and the P50 is taken anew. So the parts sum to the difference of the two, to the cent. How
large a part is depends on the order, which is always this one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from forecasting.bridge.running import Deal, Running, State

CENTS_NONE = Decimal("0.00")


@dataclass(frozen=True)
class Kind:
    name: str
    title: str
    said: str


KINDS = (
    Kind("won", "Won", "Deals won since: what was a chance is certain."),
    Kind("lost", "Lost", "Deals lost since, or deleted in the CRM."),
    Kind("new", "New deals", "Deals that did not exist, or were closed, and are open now."),
    Kind("pulled_in", "Pulled in", "Open deals whose close date came into the period."),
    Kind("pushed", "Pushed out", "Open deals whose close date went out of the period."),
    Kind("corrected", "Corrected", "Deals that counted as won: amount, date or outcome changed."),
    Kind("owner", "Moved", "Deals, sellers or teams that stand elsewhere now."),
    Kind("amount", "Amount", "Open deals whose amount changed."),
    Kind("probability", "Probability", "Open deals with another chance of being won in time."),
    Kind(
        "model", "Model", "The same deals, by another model, other ratios or another calibration."
    ),
    Kind("new_business", "Business to come", "What deals are expected to bring that do not exist."),
)
BY_NAME = {one.name: one for one in KINDS}
WHOLE = ("won", "lost", "new", "pulled_in", "pushed", "corrected")  # one for all of a deal


@dataclass(frozen=True)
class Fate:
    """What the records say of a deal at a moment; nothing of it where there was none."""

    is_closed: bool = False
    is_won: bool = False
    is_due: bool = False  # its close date lies in the period, or is past already
    said: tuple[Decimal | None, str] = (None, "")  # its amount and currency, in the CRM


@dataclass(frozen=True)
class Change:
    step: str
    ref: str
    before: Deal | None
    after: Deal | None

    @property
    def delta(self) -> float:
        """Of the expected value."""
        return worth(self.after) - worth(self.before)

    def is_of(self, owners: frozenset[str]) -> bool:
        return any(one is not None and one.owner in owners for one in (self.before, self.after))


def worth(deal: Deal | None) -> float:
    return 0.0 if deal is None else deal.amount * (1.0 if deal.is_won else deal.chance)


@dataclass(frozen=True)
class Walk:
    """By team the P50 at the start and after each step; and what each step changed."""

    points: list[dict[str, Decimal]]
    changes: dict[str, list[Change]]

    def deltas(self, team: str) -> dict[str, Decimal]:
        found = [point.get(team, CENTS_NONE) for point in self.points]
        return {
            kind.name: later - earlier
            for kind, earlier, later in zip(KINDS, found, found[1:], strict=False)
        }


def category(before: Deal | None, after: Deal | None, then: Fate | None, now: Fate | None) -> str:
    """What happened to the deal as a whole; empty where it stays what it was."""
    if before is not None and before.is_won:
        stays = after is not None and after.is_won and after.amount == before.amount
        return "" if stays else "corrected"
    if after is not None and after.is_won:
        return "corrected" if before is None and then is not None and then.is_won else "won"
    if after is None and (now is None or now.is_closed):
        return "pushed" if now is not None and now.is_won else "lost"
    if before is None and (then is None or then.is_closed):
        return "new"
    was_due, is_due = (one is not None and one.is_due for one in (then, now))
    if was_due != is_due:
        return "pushed" if was_due else "pulled_in"
    return ""


def walk(
    before: State,
    after: State,
    *,
    categories: Mapping[str, str],
    by_old_model: Mapping[str, float],
    same_amount: frozenset[str] = frozenset(),
    threads: int = 2,
) -> Walk:
    """`by_old_model`: the later chances as the earlier model sees them, where it was asked.

    `same_amount`: deals of which the CRM says no other amount. What they are taken for is what
    such deals are won for, and a change of that is one of the model.
    """
    running = Running(before, owners=sorted({*before.owners, *after.owners}), threads=threads)
    points, changes = [running.middles(before.rosters)], {}
    rosters = before.rosters
    for kind in KINDS:
        made = [
            one
            for one in changes_of(kind.name, running.deals, after, categories, by_old_model)
            if kind.name != "amount" or one.ref not in same_amount
        ]
        running.change([(one.before, one.after) for one in made])
        match kind.name:
            case "owner":
                rosters = after.rosters
            case "model":
                running.switch(replace(after.method, each=before.method.each))
            case "new_business":
                running.expect(after.expected, after.method.each)
        points.append(running.middles(rosters))
        changes[kind.name] = made
    return Walk(points, changes)


def changes_of(
    step: str,
    current: Mapping[str, Deal],
    after: State,
    categories: Mapping[str, str],
    by_old_model: Mapping[str, float],
) -> Iterator[Change]:
    for ref in sorted({*current, *after.deals}):
        old, new = current.get(ref), after.deals.get(ref)
        found = put_in(step, old, new, categories.get(ref, ""), by_old_model.get(ref))
        if found != old:
            yield Change(step, ref, old, found)


def put_in(
    step: str, old: Deal | None, new: Deal | None, whole: str, by_old_model: float | None
) -> Deal | None:
    """The deal after a step."""
    seen = new  # as the earlier model would have it
    if new is not None and not new.is_won and by_old_model is not None:
        seen = replace(new, chance=by_old_model)
    if step == "model":
        return new
    if step in WHOLE:
        return seen if whole == step else old
    if old is None or new is None or seen is None:
        return seen if step == "probability" and not whole else old
    if whole:
        return old
    parts: dict[str, dict[str, Any]] = {
        "owner": {"owner": new.owner, "team": new.team, "segment": new.segment},
        "amount": {"amount": new.amount},
        "probability": {"chance": seen.chance},
    }
    return replace(old, **parts.get(step, {}))


def numbers_of(changes: Iterable[Change], roster: Sequence[str]) -> int:
    owners = frozenset(roster)
    return sum(one.is_of(owners) for one in changes)
