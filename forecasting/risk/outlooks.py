"""The rows that pages show of open deals: built from what was foreseen, written a chunk at a time.

A chunk is written whole or not at all, and what it does not touch stays: whoever reads meanwhile
finds every deal once, with the score of one moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists

from accounts.models import Account, CrmUser, Opportunity
from forecasting.deals.moments import open_at
from forecasting.deals.sizes import size_of
from forecasting.deals.training import Foreseen
from forecasting.models import DealAnalysis, DealOutlook, DealScore
from forecasting.models.rows import same_deal
from forecasting.risk import history, warnings
from forecasting.risk.facts import Facts, columns_at, facts_of, open_then
from forecasting.risk.measures import Health, health_of
from forecasting.risk.policy import Policy
from forecasting.risk.score import Risk, risk_of
from forecasting.risk.trend import trends_of
from revenue.ml.arrays import Anything, Flags, Floats, Ints, floats

WEEK = timedelta(days=7)
NEW_DAYS = 7
CENT = Decimal("0.0001")
KEYS = ("org", "opportunity_ref")
WRITTEN = tuple(
    field.name for field in DealOutlook._meta.concrete_fields if field.name not in ("id", *KEYS)
)
Reasons = Sequence[list[dict[str, Any]]]


@dataclass(frozen=True, eq=False)
class Outlooks:
    """Of all open deals of an org what the rules say, ready to be written by chunk."""

    foreseen: Foreseen
    policy: Policy
    facts: Facts
    risk: Risk
    health: Health
    warned: Mapping[str, Flags]
    grades: Anything
    before: Facts
    place_before: Ints  # of each deal among those that were open a week before; -1 where it was not
    stage_rank: Floats

    @property
    def untold(self) -> dict[str, str]:
        return warnings.untold(self.facts)

    def rows(
        self, places: Ints, scores: Sequence[DealScore], *, reasons: Reasons
    ) -> list[DealOutlook]:
        """Of those that the CRM has as open; all that is given is in the order of the places."""
        refs = [score.opportunity_ref for score in scores]
        shown = shown_of(self.foreseen, refs)
        weekly = history.weekly_scores(
            org=self.foreseen.org,
            as_of=self.foreseen.as_of,
            source=self.foreseen.scores.source,
            refs=refs,
        )
        trends = trends_of(np.stack([weekly[ref] for ref in refs]))
        chances = floats([weekly[ref][1] for ref in refs])
        risks = self.risks_before(places, chances)
        return [
            self.row(
                place,
                score,
                shown[ref] | {"reasons": reasons[at]},
                trend=trends[at],
                chance_before=known(chances[at]),
                risk_before=known(risks[at]),
            )
            for at, (place, score, ref) in enumerate(
                zip(places.tolist(), scores, refs, strict=True)
            )
            if ref in shown
        ]

    def risks_before(self, places: Ints, chances: Floats) -> Floats:
        """By the facts of a week before and what was foreseen then, under the policy of now."""
        place = self.place_before[places]
        asked = np.flatnonzero((place >= 0) & np.isfinite(chances))
        found = np.full(len(places), np.nan)
        if len(asked):
            facts = self.before.take(place[asked])
            worths = self.before.worth
            risk = risk_of(facts, chances[asked], policy=self.policy, worths=worths)
            found[asked] = risk.score
        return found

    def row(
        self,
        place: int,
        score: DealScore,
        shown: dict[str, Any],
        *,
        trend: str,
        chance_before: float | None,
        risk_before: float | None,
    ) -> DealOutlook:
        amount, risk = shown["corporate_amount"], float(self.risk.score[place])
        return DealOutlook(
            org=self.foreseen.org,
            opportunity_ref=score.opportunity_ref,
            as_of=score.as_of,
            run=score.run,
            source=score.source,
            probability=score.probability,
            low=score.low,
            high=score.high,
            stage_rank=known(self.stage_rank[place]),
            risk=risk,
            risk_parts=self.risk.opened(place),
            facts=self.facts.numbers(place),
            grade=self.grades[place],
            trend=trend,
            warnings=warnings.listed(self.warned, place),
            expected_value=times(amount, score.probability),
            value_at_risk=times(amount, 1 - score.probability),
            risk_value=times(amount, risk / 100),
            health=known(self.health.score[place]),
            health_parts=self.health.opened(place),
            probability_before=chance_before,
            risk_before=risk_before,
            amount_before=self.amount_before(place, amount),
            is_new=bool(self.facts.age[place] < NEW_DAYS),
            **shown,
        )

    def amount_before(self, place: int, amount: Decimal | None) -> Decimal | None:
        """In the money of now: what changed between the weeks is the amount, and not the rate."""
        at = int(self.place_before[place])
        if at < 0:
            return None
        now, then = float(self.facts.worth[place]), float(self.before.worth[at])
        if amount is None or not np.isfinite(now):
            return None if np.isnan(then) else Decimal(then).quantize(CENT)
        if not np.isfinite(then):
            return None
        return amount if now == then else times(amount, then / now)


def outlooks_of(foreseen: Foreseen, *, policy: Policy) -> Outlooks:
    lives, at = foreseen.lives, int(foreseen.as_of.timestamp())
    facts = facts_of(foreseen.frame.values, lives, open_at(lives), at=at)
    a_week_ago = int((foreseen.as_of - WEEK).timestamp())
    then = open_then(lives, at=a_week_ago)
    before = facts_of(columns_at(lives, then), lives, then, at=a_week_ago)
    risk = risk_of(facts, foreseen.scores.probability, policy=policy, worths=facts.worth)
    return Outlooks(
        foreseen=foreseen,
        policy=policy,
        facts=facts,
        risk=risk,
        health=health_of(facts),
        warned=warnings.warned(facts, policy=policy),
        grades=policy.grades_of(risk.score),
        before=before,
        place_before=places_of(facts.refs, among=before.refs),
        stage_rank=floats(foreseen.frame.column("stage_order")),
    )


def places_of(refs: Anything, *, among: Anything) -> Ints:
    """-1 for those that are not there."""
    index = {ref: place for place, ref in enumerate(among.tolist())}
    return np.array([index.get(ref, -1) for ref in refs.tolist()], dtype=np.int64)


def shown_of(foreseen: Foreseen, refs: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the CRM says of the deals now; without those that it has closed or deleted since."""
    org = foreseen.org
    deals = list(
        Opportunity.objects.of(org)
        .present()
        .filter(external_id__in=refs, is_closed=False)
        .defer("description", "extra")
    )
    accounts = by_ref(Account, org, {deal.account_ref for deal in deals})
    owners = by_ref(CrmUser, org, {deal.owner_ref for deal in deals})
    return {
        deal.external_id: shown_as(
            deal, accounts.get(deal.account_ref or ""), owners.get(deal.owner_ref or "")
        )
        for deal in deals
    }


def by_ref(model: Any, org: Any, refs: set[str | None]) -> dict[str, Any]:
    rows = model.objects.of(org).filter(external_id__in=refs - {None}).defer("extra")
    return {row.external_id: row for row in rows}


def shown_as(deal: Opportunity, account: Account | None, owner: CrmUser | None) -> dict[str, Any]:
    return {
        "name": deal.name,
        "account_ref": deal.account_ref,
        "account_name": account.name if account else "",
        "owner_ref": deal.owner_ref,
        "owner_name": owner.name if owner else "",
        "stage": deal.stage,
        "kind": deal.kind,
        "lead_source": deal.source,
        "industry": account.industry if account else "",
        "region": region_of(account, owner),
        "size": size_of(account.employees) if account else "",
        "close_date": deal.close_date,
        "corporate_amount": deal.corporate_amount,
    }


def region_of(account: Account | None, owner: CrmUser | None) -> str:
    """Where its seller sells, else where the customer is."""
    return (owner and owner.region) or (account and account.country) or ""


def known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def times(amount: Decimal | None, share: float) -> Decimal | None:
    return None if amount is None else (amount * Decimal(str(share))).quantize(CENT)


@transaction.atomic
def write(rows: Sequence[DealOutlook]) -> None:
    """Over those of the same deals, which keep their ids; an outlook of a newer moment stays."""
    if not rows:
        return
    refs = [row.opportunity_ref for row in rows]
    newer = set(
        DealOutlook.objects.of(rows[0].org)
        .filter(opportunity_ref__in=refs, as_of__gt=rows[0].as_of)
        .values_list("opportunity_ref", flat=True)
    )
    DealOutlook.objects.bulk_create(
        [row for row in rows if row.opportunity_ref not in newer],
        update_conflicts=True,
        unique_fields=KEYS,
        update_fields=WRITTEN,
    )


@transaction.atomic
def remove_ended(foreseen: Foreseen) -> int:
    """Of deals that this scoring did not find open, or that have been closed since.

    What a newer scoring writes meanwhile is not this one's to remove.
    """
    org = foreseen.org
    is_open = Exists(same_deal(Opportunity.objects.present().filter(is_closed=False)))
    gone, _ = DealOutlook.objects.of(org).exclude(is_open, as_of__gte=foreseen.as_of).delete()
    DealAnalysis.objects.of(org).exclude(is_open, as_of__gte=foreseen.as_of).delete()
    return gone
