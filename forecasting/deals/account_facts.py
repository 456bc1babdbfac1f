"""What was known of a deal's account, source and seller, and how deals of their kind had ended."""

import numpy as np
import pandas as pd

from forecasting.deals.moments import (
    Lives,
    Moments,
    States,
    changes_of,
    index_of,
    objects,
    places,
    through_changes,
    with_unchanged,
)
from forecasting.deals.own_fields import own_field
from forecasting.deals.rates import rate_of
from forecasting.deals.reading import ACCOUNT_NAMES
from forecasting.deals.running import Timeline, seconds
from revenue.ml.arrays import Anything, Floats, Ints, floats
from revenue.ml.frames import Feature, Kind

LATEST = np.iinfo(np.int32).max
NUMBER, CATEGORY = Kind.NUMBER, Kind.CATEGORY


def of_records(lives: Lives, moments: Moments) -> tuple[dict[str, Anything], list[Feature]]:
    deal, deals = moments.deal, lives.past.deals
    facts = AccountFacts(lives)
    ends = np.minimum(lives.closed, LATEST)
    every = np.arange(len(lives))
    owners = owners_of(lives)
    owner, last_owner = owners.at_moments(deal, moments.at), owners.at_moments(every, ends)
    industry, last_industry = facts.pair("industry", moments, ends)
    country, last_country = facts.pair("country", moments, ends)
    segment, last_segment = joined(industry, country), joined(last_industry, last_country)
    now = deals[["ref", "source"]].rename(columns={"source": "value"})
    source = own_field(lives, moments, "source", now)
    last_source = own_field(lives, Moments(every, ends), "source", now)
    account = objects(deals["account_ref"])
    # An industry is told by what was won in it of late and not by its name: a model that knows
    # names goes on from what they once meant, and sees a fall only when it is learned again.
    values: dict[str, Anything] = {
        "country": country,
        "employees": floats(
            pd.to_numeric(pd.Series(facts.at("employees", moments)), errors="coerce")
        ),
        "source": source,
        "seller_rate": rate_of(lives, moments, last_owner, owner),
        "account_rate": rate_of(lives, moments, account, account[deal]),
        "industry_rate_of_late": rate_of(lives, moments, last_industry, industry, of_late=True),
        "segment_rate_of_late": rate_of(lives, moments, last_segment, segment, of_late=True),
        "source_rate": rate_of(lives, moments, last_source, source),
        "bought_before": bought_before(lives, moments),
    }
    return values, [
        Feature("country", CATEGORY, "Country"),
        Feature("employees", NUMBER, "Employees of the account"),
        Feature("source", CATEGORY, "Source"),
        Feature("seller_rate", NUMBER, "Share the seller won, beside all"),
        Feature("account_rate", NUMBER, "Share won at the account, beside all"),
        Feature("industry_rate_of_late", NUMBER, "Share won in the industry of late, beside all"),
        Feature(
            "segment_rate_of_late", NUMBER, "Share won in industry and country of late, beside all"
        ),
        Feature("source_rate", NUMBER, "Share won from the source, beside all"),
        Feature("bought_before", NUMBER, "What the account had bought before"),
    ]


class AccountFacts:
    """Through each change that is recorded; of what never changed, as it is."""

    def __init__(self, lives: Lives) -> None:
        accounts = lives.past.accounts
        self.refs = index_of(accounts["ref"])
        self.of_deal = places(self.refs, lives.past.deals["account_ref"])
        self.states = {name: self.known(lives, name) for name in ACCOUNT_NAMES}

    def known(self, lives: Lives, name: str) -> States:
        changes = lives.past.account_changes
        rows = changes[changes["field_name"].isin(ACCOUNT_NAMES[name]).to_numpy(dtype=bool)]
        key = places(self.refs, rows["ref"])
        always = np.zeros(len(self.refs), dtype=np.int64)
        changed = through_changes(rows[key >= 0], key[key >= 0], always)
        now = objects(lives.past.accounts[name])
        return with_unchanged(changed, np.arange(len(self.refs)), always, now)

    def at(self, name: str, moments: Moments) -> Anything:
        return self.states[name].at_moments(self.of_deal[moments.deal], moments.at)

    def pair(self, name: str, moments: Moments, ends: Ints) -> tuple[Anything, Anything]:
        """At the moments, and of each deal at its end."""
        every = Moments(np.arange(len(ends)), ends)
        return self.at(name, moments), self.at(name, every)


def joined(first: Anything, second: Anything) -> Anything:
    """Both as one name; nothing where either is unknown."""
    one, ones = pd.factorize(first)
    other, others = pd.factorize(second)
    pairs: list[str | None] = [f"{left} · {right}" for left in ones for right in others]
    named = np.array(pairs or [None], dtype=object)
    found = np.full(len(one), None, dtype=object)
    known = (one >= 0) & (other >= 0)
    found[known] = named[(one * len(others) + other)[known]]
    return found


def owners_of(lives: Lives) -> States:
    """Through each change that is recorded; of who never changed, as it is."""
    every = np.ones(len(lives), dtype=np.bool_)
    changed = changes_of(lives.past, lives.refs, lives.created, "owner_ref", only=every)
    place = np.arange(len(lives))
    return with_unchanged(changed, place, lives.created, objects(lives.past.deals["owner_ref"]))


def bought_before(lives: Lives, moments: Moments) -> Floats:
    """Purchases of the account by then; unknown in an org that keeps none."""
    rows = lives.past.purchases
    if not len(rows):
        return np.full(len(moments), np.nan)
    accounts = index_of(lives.past.deals["account_ref"].dropna().drop_duplicates())
    line = Timeline.of(places(accounts, rows["account_ref"]), np.maximum(seconds(rows["at"]), 0))
    whose = places(accounts, lives.past.deals["account_ref"])[moments.deal]
    return np.where(whose < 0, np.nan, np.log1p(line.count(whose, moments.at)))
