"""By when: the chance of having been won, and of having been lost, by the end of each week."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.optimize import minimize_scalar

from revenue.ml.arrays import Floats, Ints, floats, weighted_mean
from revenue.ml.frames import Frame
from revenue.ml.weeks import LOST, OPEN, WEEK, WON, Followed, followed, strata_of

HORIZONS = (4, 8, 13, 26)
PRIOR = 200.0  # weeks of open deals that the whole counts for beside those of one stage
LEAST_ROWS = 60
MOST_BENT = 1.5  # of the logarithm of the pace


@dataclass(frozen=True, eq=False)
class Curves:
    """By row and week."""

    won: Floats
    lost: Floats

    def take(self, rows: Any) -> "Curves":
        return Curves(self.won[rows], self.lost[rows])


class WhenEnded(Protocol):
    """Whoever tells curves of its own: a hazard, or what the past of each stage was."""

    def curves(self, frame: Frame) -> Curves: ...

    def as_json(self) -> dict[str, Any]: ...


def walked(chances: Floats) -> Curves:
    """From the chances of each week (row, week, what) to those of having ended by its end."""
    still_open = chances[:, :, OPEN].cumprod(axis=1)
    before = np.concatenate([np.ones((len(chances), 1)), still_open[:, :-1]], axis=1)
    won, lost = (floats((before * chances[:, :, one]).cumsum(axis=1)) for one in (WON, LOST))
    return Curves(won, lost)


def shares_by(curves: Curves, *, last_won: Floats, last_lost: Floats) -> tuple[Floats, Floats]:
    """Of what will be won at all, the share by each week; and of what will be lost.

    What is open at the end goes on as in the last week.
    """
    rest = np.maximum(1 - curves.won[:, -1] - curves.lost[:, -1], 0)
    goes = last_won / np.maximum(last_won + last_lost, 1e-12)
    in_all = curves.won[:, -1] + rest * goes, curves.lost[:, -1] + rest * (1 - goes)
    found = (
        np.clip(part / np.maximum(whole, 1e-12)[:, None], 0, 1)
        for part, whole in zip((curves.won, curves.lost), in_all, strict=True)
    )
    won, lost = (floats(one) for one in found)
    return won, lost


def last_week(curves: Curves) -> tuple[Floats, Floats]:
    won, lost = curves.won, curves.lost
    if won.shape[1] < 2:
        return won[:, -1], lost[:, -1]
    return won[:, -1] - won[:, -2], lost[:, -1] - lost[:, -2]


@dataclass(frozen=True, eq=False)
class Timing:
    """Curves that agree with the probability that is shown.

    A deal with the chance p has been won by a week with p times the share of won deals that take
    no longer: never more than p, never falling, and with lost never above one. The paces bend the
    shares to what the calibration window showed.
    """

    told_by: WhenEnded
    won_pace: float = 1.0
    lost_pace: float = 1.0

    def __call__(self, frame: Frame, probability: Floats) -> Curves:
        return bent(self.shares(frame), probability, self.won_pace, self.lost_pace)

    def shares(self, frame: Frame) -> tuple[Floats, Floats]:
        raw = self.told_by.curves(frame)
        won, lost = last_week(raw)
        return shares_by(raw, last_won=won, last_lost=lost)

    def as_json(self) -> dict[str, Any]:
        told = self.told_by.as_json()
        return {"told_by": told, "won_pace": self.won_pace, "lost_pace": self.lost_pace}


def bent(
    shares: tuple[Floats, Floats], probability: Floats, won_pace: float, lost_pace: float
) -> Curves:
    won, lost = (
        1 - (1 - share) ** pace for share, pace in zip(shares, (won_pace, lost_pace), strict=True)
    )
    return Curves(floats(probability[:, None] * won), floats((1 - probability)[:, None] * lost))


def paced(told_by: WhenEnded, frame: Frame, probability: Floats, *, until: np.datetime64) -> Timing:
    """With the paces under which "by when" was told best on these rows, as known at `until`."""
    plain = Timing(told_by)
    shares = plain.shares(frame)
    weeks = [one for one in HORIZONS if one <= shares[0].shape[1]]
    asked = [one for one in weeks if (frame.as_of + one * WEEK <= until).sum() >= LEAST_ROWS]
    if not asked:
        return plain

    def off(pace: float, what: int) -> float:
        curves = bent(shares, probability, np.exp(pace), np.exp(pace))
        said = curves.won if what == WON else curves.lost
        total = 0.0
        for one in asked:
            full = frame.as_of + one * WEEK <= until
            came = ended_by(frame.take(full), one, what)
            total += float(((said[full, one - 1] - came) ** 2).mean())
        return total

    won, lost = (
        float(
            minimize_scalar(off, bounds=(-MOST_BENT, MOST_BENT), args=(what,), method="bounded").x
        )
        for what in (WON, LOST)
    )
    return Timing(told_by, float(np.exp(won)), float(np.exp(lost)))


def ended_by(frame: Frame, weeks: int, what: int) -> Floats:
    in_time = frame.is_known & (frame.label_known_at <= frame.as_of + weeks * WEEK)
    return floats(in_time & (frame.label == (1 if what == WON else 0)))


@dataclass(frozen=True, eq=False)
class Past:
    """How rows of each stratum ended week by week, shrunk toward how all did."""

    stratum: str
    chances: Mapping[str, Floats]  # (week, what)
    whole: Floats
    kind: str = "past"

    def curves(self, frame: Frame) -> Curves:
        names = strata_of(frame, self.stratum)
        shape = (len(frame), *self.whole.shape)
        found = np.array([self.chances.get(name, self.whole) for name in names]).reshape(shape)
        return walked(found)

    def as_json(self) -> dict[str, Any]:
        chances = {name: one.tolist() for name, one in self.chances.items()}
        return {
            "kind": self.kind,
            "stratum": self.stratum,
            "chances": chances,
            "whole": self.whole.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Past":
        chances = {name: floats(one) for name, one in data["chances"].items()}
        return cls(data["stratum"], chances, floats(data["whole"]))


def fit_past(frame: Frame, *, until: np.datetime64, weeks: int, stratum: str = "") -> Past:
    """From rows of before `until`, open ones too."""
    seen = frame.take(frame.as_of < until)
    periods = followed(seen, until=until, weeks=weeks)
    counts = counted(periods, weeks)
    # Few are followed into the last weeks: each is drawn toward all of them.
    every = counts.sum(axis=0) + 1.0
    whole = smoothed(counts, np.tile(every / every.sum(), (weeks, 1)))
    names = np.array(strata_of(seen, stratum))
    found = {}
    for name in sorted(set(names.tolist())):
        here = periods.take((names == name)[periods.rows])
        found[name] = smoothed(counted(here, weeks), whole)
    return Past(stratum, found, whole)


def counted(periods: Followed, weeks: int) -> Floats:
    place: Ints = (periods.ahead - 1) * 3 + periods.what
    return floats(np.bincount(place, minlength=weeks * 3).reshape(weeks, 3))


def smoothed(counts: Floats, toward: Floats) -> Floats:
    seen = counts.sum(axis=1, keepdims=True)
    return floats((counts + PRIOR * toward) / (seen + PRIOR))


def judge_curves(
    curves: Curves,
    frame: Frame,
    *,
    until: np.datetime64,
    before: Frame,
    before_until: np.datetime64,
) -> list[dict[str, Any]]:
    """Brier of "won by" and "lost by", beside the rate of earlier rows, where the answer is known.

    Rows still open count: they were not won by then.
    """
    found = []
    for weeks in HORIZONS:
        full = frame.as_of + weeks * WEEK <= until
        earlier = before.as_of + weeks * WEEK <= before_until
        if weeks > curves.won.shape[1] or full.sum() < LEAST_ROWS or not earlier.any():
            continue
        asked, past = frame.take(full), before.take(earlier)
        parts = {
            name: of_horizon(said[full, weeks - 1], asked, past, weeks, what)
            for name, what, said in (("won", WON, curves.won), ("lost", LOST, curves.lost))
        }
        groups = asked.groups()
        found.append({"weeks": weeks, "rows": len(asked), "groups": groups, **parts})
    return found


def of_horizon(said: Floats, asked: Frame, past: Frame, weeks: int, what: int) -> dict[str, float]:
    came, base = ended_by(asked, weeks, what), float(ended_by(past, weeks, what).mean())
    even = np.ones(len(came))
    gap = said - came
    _, place = np.unique(asked.group, return_inverse=True)
    spread = np.bincount(place, weights=gap - gap.mean())
    return {
        "said": float(said.mean()),
        "came": float(came.mean()),
        "brier": weighted_mean((came - said) ** 2, even),
        "base": weighted_mean((came - base) ** 2, even),
        "gap": float(gap.mean()),
        "gap_error": float(np.sqrt((spread**2).sum()) / len(came)),
    }
