"""A row opened: what speaks for the lead and against it, and what a person says of its tier."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forecasting.leads.policy import TIERS
from forecasting.models import LeadOverride
from revenue.users.models import Membership, Org
from revenue.users.roles import SELLING, Role
from revenue.web.reasons import Reason, reasons_of

SHOWN = 3
ACTING = (*SELLING, Role.ADMIN)  # of those who see the lead: its owner, those above, and admins


@dataclass(frozen=True)
class Why:
    """`tried` holds what somebody sent in vain, and the problem with it."""

    lead: Any
    tier: str  # by the model; nothing where it is not scored
    override: LeadOverride | None
    reasons: Sequence[Reason] = ()
    by_rates: bool = False
    may_act: bool = False
    tried: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tiers(self) -> Sequence[str]:
        return TIERS

    @property
    def speaks_for(self) -> list[Reason]:
        return [each for each in self.reasons if each.is_good]

    @property
    def speaks_against(self) -> list[Reason]:
        return [each for each in self.reasons if not each.is_good]


def why_of(
    row: Any,
    *,
    reader: Membership,
    override: LeadOverride | None,
    tried: Mapping[str, Any],
    most: int = SHOWN,
) -> Why:
    return Why(
        lead=row.lead,
        tier=row.tier,
        override=override,
        reasons=reasons_of(row.reasons)[:most],
        by_rates=row.source == row.Source.RATES,
        may_act=may_act(reader),
        tried=tried if tried.get("lead") == row.lead_ref else {},
    )


def may_act(reader: Membership) -> bool:
    return reader.role in ACTING


def standing_ones(org: Org, refs: Iterable[str]) -> dict[str, LeadOverride]:
    refs = list(refs)
    if not refs:
        return {}
    rows = LeadOverride.objects.of(org).standing().filter(lead_ref__in=refs)
    return {row.lead_ref: row for row in rows.select_related("made_by")}
