"""Another policy of leads: how many would be in each tier, and keeping it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Count, QuerySet, Value, When
from django.http import HttpRequest

from forecasting.lead_pages.rows import rows_for
from forecasting.leads.policy import BORDERS, TIERS, Policy, policy_of
from forecasting.models import LeadPolicy
from revenue.users import audit
from revenue.users.models import AuditEvent, Membership, Org, User


@dataclass(frozen=True)
class Line:
    name: str
    now: int
    then: int

    @property
    def change(self) -> int:
        return self.then - self.now


@dataclass(frozen=True)
class Preview:
    leads: int
    by_hand: int
    tiers: list[Line]


def drawn(tiers: Mapping[str, int]) -> Case:
    """The tier of a score, as the database draws it."""
    whens = [When(score__gte=tiers[name], then=Value(name)) for name in BORDERS]
    return Case(*whens, default=Value(TIERS[-1]), output_field=CharField(max_length=1))


def preview_of(*, reader: Membership, now: Policy, then: Policy) -> Preview:
    """By the newest scores; what people have set by hand stays where they have put it."""
    rows = rows_for(reader)
    of_model = rows.filter(tier_said=None)
    before, after = (counted(of_model, policy.tiers) for policy in (now, then))
    by_hand = rows.filter(tier_said__isnull=False).count()
    return Preview(
        leads=sum(before.values()) + by_hand,
        by_hand=by_hand,
        tiers=[Line(name, before.get(name, 0), after.get(name, 0)) for name in TIERS],
    )


def counted(rows: QuerySet[Any], tiers: Mapping[str, int]) -> dict[str, int]:
    found = rows.order_by().annotate(drawn=drawn(tiers)).values_list("drawn").annotate(Count("pk"))
    return dict(found)


@transaction.atomic
def change_policy(
    *, org: Org, policy: Policy, by: User, request: HttpRequest | None = None
) -> dict[str, Any]:
    """What was changed; nothing where it is as it was."""
    # Two who save at once: the later one tells what the earlier one had made of it.
    Org.objects.select_for_update(no_key=True).get(pk=org.pk)
    before, after = policy_of(org).as_row(), policy.as_row()
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changed:
        return {}
    if after == Policy().as_row():
        LeadPolicy.objects.filter(org=org).delete()
    else:
        LeadPolicy.objects.update_or_create(org=org, defaults=after)
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=org,
        subject="Lead policy",
        detail={"lead_policy": changed},
        request=request,
    )
    return changed
