"""Plans before calls, written already."""

from typing import Any

from assistant.models import CallPlan, PlanSection, PlanVersion, PlanVote
from assistant.plans.sections import KEYS
from tests.factories.facts import NOON


def a_plan(
    *, deal: Any = None, account: Any = None, by: Any, text: str = "", **facts: Any
) -> CallPlan:
    """With one version; each section says the text, and names the record as its source."""
    record = deal or account
    plan = CallPlan.objects.create(
        **{
            "org": record.org,
            "opportunity_ref": deal.external_id if deal else None,
            "account_ref": None if deal else account.external_id,
            "made_by": by,
            "role": "rep",
            "made_at": NOON,
            **facts,
        }
    )
    a_version(plan=plan, text=text)
    return plan


def a_version(*, plan: CallPlan, text: str = "All is well.", **facts: Any) -> PlanVersion:
    version = PlanVersion.objects.create(
        **{
            "org": plan.org,
            "plan": plan,
            "number": plan.versions.count() + 1,
            "kind": "written",
            "state": "ready",
            "made_by": plan.made_by,
            "made_at": NOON,
            "ended_at": NOON,
            "sources": {"deal": {"title": "Deal", "url": "/"}},
            **facts,
        }
    )
    said = {"text": text or "All is well.", "sources": ["deal"]}
    PlanSection.objects.bulk_create(
        PlanSection(
            org=plan.org,
            version=version,
            key=key,
            position=place,
            state="ready",
            points=[{"lead": "", "bullet": True, "claims": [said]}],
            claims=1,
            changed_at=NOON,
        )
        for place, key in enumerate(KEYS)
    )
    return version


def a_vote(*, version: PlanVersion, by: Any, reason: str = "") -> PlanVote:
    return PlanVote.objects.create(
        org=version.org, version=version, person=by, is_up=True, reason=reason, at=NOON
    )
