"""How good the chances were where they were foreseen, each time from what was known then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crosssell.owned import contracts, growth, rhythm
from crosssell.owned.counting import LEAST_KNOWN, Factor, Rates, rates_of, tells_apart
from crosssell.owned.ground import Ground, moments_before
from revenue.ml.arrays import Floats, floats, log_losses
from revenue.ml.judging import Outcomes, auc

MOST_MOMENTS = 10
JUDGED = 4  # of the newest moments
SURE = 1.645  # nine times of ten
LEAST_BETTER = 1e-6
BETWEEN = 2  # so many horizons earlier the newest outcome that was known
BINS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)
Look = Callable[[Ground, pd.Timestamp], pd.DataFrame]


@dataclass(frozen=True)
class Subject:
    name: str
    look: Look
    factors: tuple[Factor, ...]
    came: str  # what so many of a band did
    needs_history: bool


CONTRACTS = Subject("contracts", contracts.look, contracts.FACTORS, "renewed it", True)
GROWTH = Subject("growth", growth.look, growth.FACTORS, "took more within {days} days", True)
RHYTHM = Subject("rhythm", rhythm.look, rhythm.FACTORS, "bought it within {days} days", False)
SUBJECTS = (CONTRACTS, GROWTH, RHYTHM)


@dataclass(frozen=True, eq=False)
class Counted:
    """`rates` is None where too few outcomes are known to tell any chance."""

    subject: Subject
    rates: Rates | None
    report: dict[str, Any]
    usual_more: float = np.nan  # of those that took more, how much beside what they had


def counted(ground: Ground, subject: Subject) -> Counted:
    """What goes with it has a say only where it was surely better than the rate of all."""
    looked = past_of(ground, subject)
    rows = joined(looked)
    label = floats(rows["label"]) if len(rows) else floats([])
    report: dict[str, Any] = {"known": len(label), "came": float(label.sum())}
    if len(label) < LEAST_KNOWN:
        return Counted(subject, None, report)
    judged = judged_by_time(looked, subject)
    factors = subject.factors if judged is not None and judged["is_better"] else ()
    report |= {"judged": judged, "with_factors": bool(factors)}
    return Counted(subject, rates_of(rows, label, factors), report, usual_more(rows))


def past_of(ground: Ground, subject: Subject) -> list[pd.DataFrame]:
    """The newest first; nothing of a time of which no changes were kept."""
    known_from = ground.had.known_from
    if subject.needs_history and known_from is None:
        return []
    moments = moments_before(
        ground.as_of, days=ground.days, grace=contracts.GRACE_DAYS, most=MOST_MOMENTS
    )
    if subject.needs_history and known_from is not None:
        moments = [at for at in moments if at >= known_from]
    return [known(subject.look(ground, at)) for at in moments]


def known(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["label"].notna().to_numpy()].reset_index(drop=True)


def joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    full = [one for one in parts if len(one)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame()


def judged_by_time(looked: Sequence[pd.DataFrame], subject: Subject) -> dict[str, Any] | None:
    """Of each of the newest moments the chances by rates of what was known at that moment."""
    found: list[pd.DataFrame] = []
    for nth, rows in enumerate(looked[:JUDGED]):
        before = joined(looked[nth + BETWEEN :])
        label = floats(before["label"]) if len(before) else floats([])
        if not len(rows) or len(label) < LEAST_KNOWN:
            continue
        rates = rates_of(before, label, subject.factors if tells_apart(label) else ())
        said = rates.chances(rows)
        shown = signals(rows) & (said >= rates.whole) if subject is GROWTH else True
        told = rows[["account_ref", "label"]]
        found.append(told.assign(said=said, whole=rates.whole, shown=shown))
    return figures(joined(found)) if found else None


def figures(rows: pd.DataFrame) -> dict[str, Any]:
    label, said, whole = (floats(rows[name]) for name in ("label", "said", "whole"))
    shown = rows["shown"].to_numpy(dtype=bool)
    every = Outcomes(label, said, np.ones(len(label)), np.arange(len(label)))
    better = log_losses(label, whole) - log_losses(label, said)
    return {
        "n": len(label),
        "base_rate": float(label.mean()),
        "suggested": {
            "n": int(shown.sum()),
            "came": mean_of(label[shown]),
            "said": mean_of(said[shown]),
            "interval": interval_of(label[shown], rows["account_ref"][shown]),
        },
        "auc": auc(every),
        "brier": float(((said - label) ** 2).mean()),
        "brier_base": float(((whole - label) ** 2).mean()),
        "log_loss": float(log_losses(label, said).mean()),
        "log_loss_base": float(log_losses(label, whole).mean()),
        "is_better": lower_bound(better, rows["account_ref"]) > LEAST_BETTER,
        "bins": bins_of(label, said),
    }


def spread_of(values: Floats, accounts: "pd.Series[str]") -> float:
    """The standard error of a mean whose rows hang together by account."""
    sums = pd.Series(values - values.mean()).groupby(accounts.to_numpy()).sum()
    return float(np.sqrt((sums**2).sum()) / len(values))


def lower_bound(values: Floats, accounts: "pd.Series[str]") -> float:
    return float(values.mean() - SURE * spread_of(values, accounts))


def interval_of(label: Floats, accounts: "pd.Series[str]") -> list[float] | None:
    if not len(label):
        return None
    wide = SURE * spread_of(label, accounts)
    return [float(np.clip(label.mean() + side * wide, 0, 1)) for side in (-1, 1)]


def mean_of(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def bins_of(label: Floats, said: Floats) -> list[dict[str, Any]]:
    place = np.clip(np.digitize(said, BINS) - 1, 0, len(BINS) - 2)
    return [
        {
            "from": BINS[at],
            "to": BINS[at + 1],
            "n": int((place == at).sum()),
            "said": float(said[place == at].mean()),
            "came": float(label[place == at].mean()),
        }
        for at in range(len(BINS) - 1)
        if (place == at).any()
    ]


def signals(rows: pd.DataFrame) -> Any:
    """Whether anything but a chance speaks for more."""
    found = np.zeros(len(rows), dtype=np.bool_)
    for name, bands in growth.SIGNALS.items():
        found |= rows[name].isin(bands).to_numpy()
    return found


def usual_more(rows: pd.DataFrame) -> float:
    if "more" not in rows:
        return float("nan")
    took = rows[(rows["more"] > 0).to_numpy()]
    return float((took["more"] / took["quantity"]).median()) if len(took) else float("nan")


def sentence(ground: Ground, one: Counted) -> str:
    """Why nothing is suggested of a kind; empty where something may be."""
    if one.rates is not None:
        return ""
    had, done = ground.had, int(one.report["known"])
    if one.subject is RHYTHM:
        return (
            "Too few customers have bought the same again: of"
            f" {done:,} such purchases that were due the end is known, and {LEAST_KNOWN} are"
            " needed, some of which came and some of which did not."
        )
    if not len(had.rows):
        return (
            "No purchases are here: sync assets, or import purchases with their quantity, status"
            " and end."
        )
    if one.subject is CONTRACTS and not had.with_ends:
        return (
            f"None of the {len(had.rows):,} purchases says when it ends: sync or import the day,"
            " and what is about to end is told here."
        )
    if had.known_from is None:
        return (
            "Status, quantity and end of a purchase are overwritten when they change, and no"
            " change has been recorded yet: each sync from now on keeps them, and the CRM's own"
            " history of assets is read where it keeps one."
        )
    return (
        f"Changes of purchases are recorded since {had.known_from:%d %b %Y}. Since then the end of"
        f" {done:,} such cases is known; {LEAST_KNOWN} are needed, some of which came and some of"
        " which did not."
    )


def report_of(ground: Ground) -> dict[str, Any]:
    found = [counted(ground, subject) for subject in SUBJECTS]
    return {
        one.subject.name: {**one.report, "days": ground.days, "why_not": sentence(ground, one)}
        for one in found
    }
