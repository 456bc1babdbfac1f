"""What is supposed otherwise, as an address and a stored scenario say it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.http import QueryDict

from revenue.web.filters import read_day

MOST_DEALS, MOST_HIRES, MOST_RAMP = 40, 50, 24
RAMP_MONTHS = 3
MOST_REF = 64
DROP, CLOSE, CHANCE = "drop-", "close-", "chance-"


@dataclass(frozen=True)
class DealChange:
    """Of a deal that is picked and not changed yet, nothing is said. `chance` is a share."""

    ref: str
    drop: bool = False
    close: date | None = None
    chance: float | None = None

    @property
    def is_none(self) -> bool:
        return not self.drop and self.close is None and self.chance is None

    @property
    def percent(self) -> str:
        return "" if self.chance is None else f"{round(100 * self.chance, 1):g}"


@dataclass(frozen=True)
class Hiring:
    number: int = 0
    since: date | None = None
    ramp: int = RAMP_MONTHS  # months until a new seller sells like the others


@dataclass(frozen=True)
class Changes:
    deals: tuple[DealChange, ...] = ()
    hiring: Hiring = field(default_factory=Hiring)

    @property
    def is_none(self) -> bool:
        return not self.hiring.number and all(one.is_none for one in self.deals)

    @property
    def refs(self) -> list[str]:
        return [one.ref for one in self.deals]

    def of(self, refs: Iterable[str]) -> "Changes":
        known = set(refs)
        return replace(self, deals=tuple(one for one in self.deals if one.ref in known))

    def pairs(self) -> list[tuple[str, str]]:
        """Of an address that says the same."""
        found = [("deal", one.ref) for one in self.deals]
        for one in self.deals:
            found += [(f"{DROP}{one.ref}", "yes")] if one.drop else []
            found += [(f"{CLOSE}{one.ref}", one.close.isoformat())] if one.close else []
            found += [(f"{CHANCE}{one.ref}", one.percent)] if one.chance is not None else []
        if self.hiring.number:
            found.append(("hires", str(self.hiring.number)))
            found += [("hired", self.hiring.since.isoformat())] if self.hiring.since else []
            found.append(("ramp", str(self.hiring.ramp)))
        return found

    def as_json(self) -> dict[str, Any]:
        hiring = self.hiring
        return {
            "drop": [one.ref for one in self.deals if one.drop],
            "dates": {one.ref: one.close.isoformat() for one in self.deals if one.close},
            "chances": {one.ref: one.chance for one in self.deals if one.chance is not None},
            "hires": {
                "number": hiring.number,
                "since": hiring.since.isoformat() if hiring.since else None,
                "ramp": hiring.ramp,
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Changes":
        dropped = set(data.get("drop", ()))
        dates, chances = data.get("dates", {}), data.get("chances", {})
        hires = data.get("hires", {"number": 0, "since": None, "ramp": RAMP_MONTHS})
        return cls(
            tuple(
                DealChange(
                    ref,
                    ref in dropped,
                    date.fromisoformat(dates[ref]) if ref in dates else None,
                    chances.get(ref),
                )
                for ref in sorted({*dropped, *dates, *chances})
            ),
            Hiring(
                hires["number"],
                date.fromisoformat(hires["since"]) if hires["since"] else None,
                hires["ramp"],
            ),
        )


def changes_of(data: QueryDict) -> tuple[Changes, list[str]]:
    """What can be read of it, and what is wrong with the rest."""
    problems: list[str] = []
    wanted = [*data.getlist("deal"), data.get("add", "")]
    refs = list(dict.fromkeys(ref for ref in wanted if is_ref(ref)))
    refs = [ref for ref in refs if ref != data.get("remove")]
    if len(refs) > MOST_DEALS:
        problems.append(f"At most {MOST_DEALS} deals can be changed at once: the first are.")
    deals = tuple(
        DealChange(
            ref,
            bool(data.get(f"{DROP}{ref}")),
            read_day(data.get(f"{CLOSE}{ref}", ""), problems=problems),
            chance_of(data.get(f"{CHANCE}{ref}", ""), problems),
        )
        for ref in refs[:MOST_DEALS]
    )
    return Changes(deals, hiring_of(data, problems)), list(dict.fromkeys(problems))


def is_ref(text: str) -> bool:
    return bool(text) and len(text) <= MOST_REF and text.isprintable()


def chance_of(said: str, problems: list[str]) -> float | None:
    if not said.strip():
        return None
    try:
        found = float(said.replace("%", "").replace(",", ".").strip())
    except ValueError:
        found = -1.0
    if not 0 <= found <= 100:
        problems.append("A chance is a number between 0 and 100.")
        return None
    return found / 100


def hiring_of(data: QueryDict, problems: list[str]) -> Hiring:
    number = whole_of(data.get("hires", ""), most=MOST_HIRES, what="New sellers", problems=problems)
    ramp = data.get("ramp", "")
    return Hiring(
        number,
        read_day(data.get("hired", ""), problems=problems),
        whole_of(ramp, most=MOST_RAMP, what="Months of ramp", problems=problems)
        if ramp
        else RAMP_MONTHS,
    )


def whole_of(said: str, *, most: int, what: str, problems: list[str]) -> int:
    said = said.strip()
    if not said:
        return 0
    if not (said.isascii() and said.isdecimal()) or len(said) > 4 or int(said) > most:
        problems.append(f"{what}: a whole number up to {most}.")
        return 0
    return int(said)


def one_line(changes: Changes) -> str:
    """What a list says of a scenario."""
    counts: Sequence[tuple[int, str, str]] = (
        (sum(one.drop for one in changes.deals), "deal dropped", "deals dropped"),
        (sum(one.close is not None for one in changes.deals), "date moved", "dates moved"),
        (sum(one.chance is not None for one in changes.deals), "chance changed", "chances changed"),
        (changes.hiring.number, "seller hired", "sellers hired"),
    )
    told = [f"{number} {one if number == 1 else many}" for number, one, many in counts if number]
    return ", ".join(told) or "Nothing changed"
