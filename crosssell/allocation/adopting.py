"""The plan that sellers follow: one of an org at most."""

from collections.abc import Sequence

from django.db import transaction
from django.http import HttpRequest

from accounts.models import CrmUser
from accounts.visibility import owners_visible_to, sees_whole_org
from crosssell.models import AllocationPlan, AllocationRow
from revenue.users import audit
from revenue.users.models import AuditEvent, Membership, Org, User


@transaction.atomic
def adopt(plan: AllocationPlan, *, by: User, request: HttpRequest | None = None) -> bool:
    """Whichever was followed before is not any more; only a solved one can be."""
    Org.objects.select_for_update().get(pk=plan.org_id)
    if plan.state != AllocationPlan.State.SOLVED:
        return False
    AllocationPlan.objects.filter(org=plan.org_id, is_adopted=True).update(is_adopted=False)
    AllocationPlan.objects.filter(pk=plan.pk).update(is_adopted=True)
    audit.record(
        AuditEvent.Action.ORG_CHANGED,
        by=by,
        org=plan.org,
        subject=plan,
        detail={"allocation_plan_followed": plan.name},
        request=request,
    )
    return True


@transaction.atomic
def drop(plan: AllocationPlan, *, by: User, request: HttpRequest | None = None) -> bool:
    """Sellers follow no plan then; false where they did not follow this one."""
    found = AllocationPlan.objects.filter(pk=plan.pk, is_adopted=True).update(is_adopted=False)
    if found:
        audit.record(
            AuditEvent.Action.ORG_CHANGED,
            by=by,
            org=plan.org,
            subject=plan,
            detail={"allocation_plan_dropped": plan.name},
            request=request,
        )
    return bool(found)


def adopted(org: Org) -> AllocationPlan | None:
    found: AllocationPlan | None = (
        AllocationPlan.objects.of(org).select_related("org").filter(is_adopted=True).first()
    )
    return found


def hidden_from(plan: AllocationPlan, reader: Membership) -> int:
    """Actions of the reader's own at customers that the CRM does not let them read."""
    own = CrmUser.objects.of(plan.org).filter(membership=reader).values("external_id")
    mine = AllocationRow.objects.filter(plan=plan, owner_ref__in=own)
    return mine.count() - mine.visible_to(reader).count()


def seen_sellers(reader: Membership, sellers: Sequence[CrmUser]) -> list[CrmUser]:
    """Whose hours the reader may set: everybody's, or those of the sellers below."""
    if sees_whole_org(reader):
        return list(sellers)
    own = set(owners_visible_to(reader).values_list("external_id", flat=True))
    return [seller for seller in sellers if seller.external_id in own]
