"""Suggestions of what runs out, is due again, or may be wanted in a larger number."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from crosssell.models import Recommendation
from crosssell.owned.counting import UNKNOWN, Rates
from crosssell.owned.ground import Ground
from crosssell.owned.judging import CONTRACTS, GROWTH, RHYTHM, Counted, counted, signals
from crosssell.selling.topics import percent
from revenue.ml.arrays import floats

MOST_GROWTH, MOST_RHYTHM = 2, 5  # of an account; what ends is all told
DIGITS, CENTS = 6, 4
LEAST_POINTS = 0.02
Pair = tuple[str, str]
Reason = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Owning:
    """Of one org, all of its accounts at once."""

    ground: Ground

    @cached_property
    def by_account(self) -> dict[str, list[dict[str, Any]]]:
        """Each account and product once: an end comes before a rhythm, and that before more."""
        found: dict[Pair, dict[str, Any]] = {}
        for rows in (self.renewals(), self.repeats(), self.upsells()):
            for row in rows:
                found.setdefault((row["account_ref"], row["product_ref"]), row)
        grouped: dict[str, list[dict[str, Any]]] = {}
        for (account, _), row in found.items():
            grouped.setdefault(account, []).append(row)
        return grouped

    def renewals(self) -> list[dict[str, Any]]:
        one, rows = self.looked(counted(self.ground, CONTRACTS))
        return [
            self.row(
                rows, at, one, kind=Recommendation.Kind.RENEWAL, source="contract",
                quantity=float(rows["quantity"].iloc[at]), fact=ends_on(rows.iloc[at]),
                expires_on=rows["ends_at"].iloc[at].date(),
            )
            for at in range(len(rows))
        ]  # fmt: skip

    def repeats(self) -> list[dict[str, Any]]:
        one, rows = self.looked(counted(self.ground, RHYTHM))
        rows = best_of(rows, most=MOST_RHYTHM)
        return [
            self.row(
                rows, at, one, kind=Recommendation.Kind.RENEWAL, source="repeat",
                quantity=float(rows["quantity"].iloc[at]), fact=due_on(rows.iloc[at]),
            )
            for at in range(len(rows))
        ]  # fmt: skip

    def upsells(self) -> list[dict[str, Any]]:
        """Where something but a chance speaks for it, and the chance is not below the usual."""
        one, rows = self.looked(counted(self.ground, GROWTH))
        if one.rates is None or not len(rows):
            return []
        rows = rows[signals(rows) & (rows["chance"] >= one.rates.whole).to_numpy()]
        more = np.maximum(1.0, np.round(rows["quantity"] * one.usual_more))
        rows = best_of(rows.assign(adds=more), most=MOST_GROWTH)
        return [
            self.row(
                rows, at, one, kind=Recommendation.Kind.UPSELL, source="more",
                quantity=float(rows["adds"].iloc[at]), fact=has_now(rows.iloc[at]),
            )
            for at in range(len(rows))
        ]  # fmt: skip

    def looked(self, one: Counted) -> tuple[Counted, pd.DataFrame]:
        if one.rates is None:
            return one, pd.DataFrame()
        rows = one.subject.look(self.ground, pd.Timestamp(self.ground.as_of)).reset_index(drop=True)
        return one, rows.assign(chance=one.rates.chances(rows)) if len(rows) else rows

    def row(
        self,
        rows: pd.DataFrame,
        at: int,
        one: Counted,
        *,
        kind: Recommendation.Kind,
        source: str,
        quantity: float,
        fact: Reason,
        expires_on: date | None = None,
    ) -> dict[str, Any]:
        said = rows.iloc[at]
        chance = float(np.clip(round(float(said["chance"]), DIGITS), 0, 1))
        price = unit_price(said)
        came = one.subject.came.format(days=self.ground.days)
        counted_ones = reasons_of(said, one.rates, came=came) if one.rates else []
        is_first = kind == Recommendation.Kind.RENEWAL or not counted_ones
        reasons = [fact, *counted_ones] if is_first else [*counted_ones, fact]
        return {
            "account_ref": str(said["account_ref"]),
            "product_ref": str(said["product_ref"]),
            "kind": kind.value,
            "score": float(np.round(np.log(max(chance, 1e-6) / max(1 - chance, 1e-6)), DIGITS)),
            "probability": chance,
            "price": price,
            "quantity": quantity,
            "value": None if price is None else round(price * quantity * chance, CENTS),
            "sources": [source],
            "reasons": reasons,
            "lookalikes": [],
            "expires_on": None if expires_on is None else expires_on.isoformat(),
        }


def unit_price(said: "pd.Series[Any]") -> float | None:
    total, quantity = float(said["total"]), float(said["quantity"])
    return round(total / quantity, CENTS) if total > 0 and quantity > 0 else None


def best_of(rows: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Of each account those that are worth most."""
    if not len(rows):
        return rows
    worth = floats(rows["chance"]) * np.nan_to_num(floats(rows["total"]))
    order = rows.assign(worth=worth).sort_values(
        ["account_ref", "worth", "product_ref"], ascending=[True, False, True], kind="stable"
    )
    return order.groupby("account_ref", sort=False).head(most).reset_index(drop=True)


def reasons_of(said: "pd.Series[Any]", rates: Rates, *, came: str) -> list[Reason]:
    """What moves the chance, strongest first, each with the share that was counted."""
    points = rates.points(pd.DataFrame([said]))[0] if rates.factors else []
    found = []
    for factor, one in zip(rates.factors, points, strict=True):
        code = int(said[factor.name])
        if code == UNKNOWN or abs(one) < LEAST_POINTS:
            continue
        share = float(rates.shares[factor.name][code])
        if percent(share) == percent(rates.whole):
            continue
        found.append(
            {
                "name": factor.name,
                "title": factor.title,
                "words": f"{percent(share)} of {factor.bands[code]} {came},"
                f" {percent(rates.whole)} of all",
                "points": round(float(one), CENTS),
                "numbers": {
                    "share": share,
                    "of_all": rates.whole,
                    "cases": int(rates.counts[factor.name][code]),
                },
            }
        )
    return sorted(found, key=lambda each: -abs(each["points"]))


def ends_on(said: "pd.Series[Any]") -> Reason:
    day = said["ends_at"].date()
    words = f"{number(said['quantity'])} of it, until {day:%d %b %Y}"
    numbers = {"ends_on": day.isoformat(), "quantity": float(said["quantity"])}
    return fact_of("ends", "It ends", words, numbers)


def due_on(said: "pd.Series[Any]") -> Reason:
    gap, since = round(float(said["gap"])), round(float(said["since"]))
    words = (
        f"Bought {int(said['count'])} times, each {gap} days or so, the last"
        f" {since} days ago: due about {said['due_on'].date():%d %b %Y}"
    )
    numbers = {"times": int(said["count"]), "days": gap, "since": since}
    return fact_of("rhythm", "They buy it again and again", words, numbers)


def has_now(said: "pd.Series[Any]") -> Reason:
    words = f"They have {number(said['quantity'])} of it"
    numbers = {"quantity": float(said["quantity"])}
    if np.isfinite(said["used"]) and np.isfinite(said["capacity"]):
        words += (
            f", and {number(said['used'])} of their {number(said['capacity'])} licences are in use"
        )
        numbers |= {"used": float(said["used"]), "capacity": float(said["capacity"])}
    if np.isfinite(said["usual"]) and said["room"] == 2:
        words += f"; customers of their size usually have {number(said['usual'])}"
        numbers |= {"usual": float(said["usual"])}
    return fact_of("has", "What they have", words, numbers)


def fact_of(name: str, title: str, words: str, numbers: dict[str, Any]) -> Reason:
    return {"name": name, "title": title, "words": words, "points": 0.0, "numbers": numbers}


def number(value: Any) -> str:
    return f"{float(value):,.6g}"
