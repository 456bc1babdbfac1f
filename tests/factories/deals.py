"""What is foreseen of deals and done about them, as rows: only the facts that matter are given."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import Opportunity
from forecasting.diagnosis.making import usual_stretches
from forecasting.models import (
    DealAction,
    DealAnalysis,
    DealNote,
    DealOutlook,
    DealScore,
    PipelineChange,
    PipelineComparison,
    Play,
    WinRateDiagnosis,
)
from revenue.ml.models import ModelRun
from revenue.users.models import Org
from tests.factories.facts import NOON, an_opportunity
from tests.factories.models import a_model_run

numbers = count(1)
PARTS = [
    {
        "name": "chance",
        "title": "Chance of not being won",
        "value": "40 % likely to be won",
        "part": 0.6,
        "weight": 0.4,
        "points": 24.0,
        "known": True,
    },
    {
        "name": "value",
        "title": "Value beside the org's open deals",
        "value": "larger than 50 % of open deals",
        "part": 0.5,
        "weight": 0.15,
        "points": 7.5,
        "known": True,
    },
    {
        "name": "velocity",
        "title": "Pace beside won deals",
        "value": "no slower than won deals",
        "part": 0.3,
        "weight": 0.2,
        "points": 6.0,
        "known": True,
    },
    {
        "name": "stagnation",
        "title": "Days without activity",
        "value": "10 days since the last activity",
        "part": 0.1,
        "weight": 0.25,
        "points": 2.5,
        "known": True,
    },
]
STEPS = {
    "source": "model",
    "base": 0.35,
    "base_margin": -0.6,
    "steps": [
        {
            "name": "days_since_meeting",
            "topic": "meeting",
            "title": "Meetings",
            "features": ["days_since_meeting"],
            "words": "Last meeting 3 days ago",
            "value": 3,
            "contribution": 0.3,
            "points": 0.08,
            "base_rate": {
                "won": 0.41,
                "against": 0.33,
                "deals": 120,
                "such": [0, 7],
                "words": "41% of such deals were won, against 33% of all",
            },
        }
    ],
    "rest": {"title": "Everything else", "contribution": -0.1, "points": -0.03},
    "total": 0.4,
    "margin": -0.4,
}
FEATURES = [{"name": "days_since_meeting", "title": "Days since a meeting", "kind": "number"}]


def the_run(org: Org) -> ModelRun:
    """The org's live model, made where there is none."""
    live = ModelRun.objects.filter(org=org, task="deal_risk", state="live").first()
    return live or a_model_run(org=org, live=True, features=FEATURES)


def of_deal(facts: dict[str, Any]) -> Opportunity | None:
    """The deal that is meant: given as `deal`, else as `org` and `opportunity_ref`, else new."""
    deal: Opportunity | None = facts.pop("deal", None)
    if deal is None and "opportunity_ref" not in facts:
        given = {"org": facts["org"]} if "org" in facts else {}
        deal = an_opportunity(**given)
    if deal is not None:
        facts["org"], facts["opportunity_ref"] = deal.org, deal.external_id
    return deal


def an_outlook(**facts: Any) -> DealOutlook:
    """Of `deal`, with what the deal itself says; four in ten to be won where nothing is said."""
    deal = of_deal(facts)
    amount = facts.get("corporate_amount", deal.corporate_amount if deal else Decimal(1000))
    chance, risk = facts.get("probability", 0.4), facts.get("risk", 40.0)
    usual = {
        "as_of": NOON,
        "source": "model",
        "name": deal.name if deal else f"Deal {next(numbers)}",
        "account_ref": deal.account_ref if deal else None,
        "owner_ref": deal.owner_ref if deal else None,
        "stage": deal.stage if deal else "Proposal",
        "close_date": deal.close_date if deal else None,
        "corporate_amount": amount,
        "probability": 0.4,
        "low": max(0.0, chance - 0.1),
        "high": min(1.0, chance + 0.1),
        "risk": 40.0,
        "risk_parts": PARTS,
        "grade": "B",
        "trend": "steady",
        "warnings": [],
        "expected_value": None if amount is None else worth(amount, chance),
        "value_at_risk": None if amount is None else worth(amount, 1 - chance),
        "risk_value": None if amount is None else worth(amount, risk / 100),
    }
    if "run" not in facts:
        usual["run"] = the_run(facts["org"])
    return DealOutlook.objects.create(**{**usual, **facts})


def worth(amount: Any, share: float) -> Decimal:
    return round(Decimal(amount) * Decimal(str(share)), 4)


def an_analysis(**facts: Any) -> DealAnalysis:
    of_deal(facts)
    if "run" not in facts:
        facts["run"] = the_run(facts["org"])
    usual = {"as_of": NOON, "values": {"days_since_meeting": 3}, "steps": STEPS}
    return DealAnalysis.objects.create(**{**usual, **facts})


def a_score(**facts: Any) -> DealScore:
    of_deal(facts)
    if "run" not in facts:
        facts["run"] = the_run(facts["org"])
    chance = facts.get("probability", 0.4)
    usual = {
        "as_of": NOON,
        "source": "model",
        "probability": chance,
        "low": max(0.0, chance - 0.1),
        "high": min(1.0, chance + 0.1),
        "base": -0.5,
        "contributions": {"days_since_meeting": 0.2},
    }
    return DealScore.objects.create(**{**usual, **facts})


def a_play(*, org: Org, **facts: Any) -> Play:
    usual = {"trigger": "no_activity", "title": f"Call them {next(numbers)}", "advice": "Soon."}
    return Play.objects.create(org=org, **{**usual, **facts})


def an_action(**facts: Any) -> DealAction:
    """One that is suggested, where nothing else is said."""
    of_deal(facts)
    usual = {"title": f"Call them {next(numbers)}", "trigger": "no_activity", "suggested_at": NOON}
    if facts.get("state", "suggested") != "suggested":
        usual["decided_at"] = NOON
    return DealAction.objects.create(**{**usual, **facts})


def a_note(**facts: Any) -> DealNote:
    of_deal(facts)
    usual = {"text": f"Note {next(numbers)}", "written_at": NOON}
    return DealNote.objects.create(**{**usual, **facts})


def a_change(*, deal: Opportunity, **facts: Any) -> PipelineChange:
    """Within the week before the org's today; open then and now where nothing is said."""
    org, now = deal.org, timezone.now()
    today = org.today(at=now)
    comparison, _ = PipelineComparison.objects.get_or_create(
        org=org, since=today - timedelta(days=7), until=today, defaults={"made_at": now}
    )
    usual = {
        "name": deal.name,
        "standing_then": "open",
        "standing_now": "open",
        "stage_then": deal.stage,
        "stage_now": deal.stage,
        "amount_then": deal.corporate_amount,
        "amount_now": deal.corporate_amount,
        "close_then": deal.close_date,
        "close_now": deal.close_date,
        "owner_then": deal.owner_ref,
        "owner_now": deal.owner_ref,
    }
    return PipelineChange.objects.create(
        org=org,
        comparison=comparison,
        opportunity_ref=deal.external_id,
        **{**usual, **facts},
    )


def a_diagnosis(org: Org, *, mark: str = "Retail", refs: Sequence[str] = ()) -> WinRateDiagnosis:
    """Of the usual stretches before the org's today, with one cause."""
    now = timezone.now()
    stretches = usual_stretches(org.today(at=now))
    pair = {"before": 0.4, "now": 0.3}
    cause = {
        "kind": "rate",
        "levels": [["industry", mark]],
        "where": mark,
        "words": f"Rate, not mix: {mark} fell from 40% to 20%",
        "question": "What do lost deals say?",
        "points": -0.1,
        "deals": len(refs),
        "direction": "down",
    }
    level = {"level": mark, "before": 60, "now": 40, "rate_before": 0.4, "rate_now": 0.3}
    figures = (
        *("rate", "rate_by_value", "closed_a_quarter", "won_value_a_quarter"),
        *("mean_value", "cycle_days", "velocity_a_day"),
    )
    return WinRateDiagnosis.objects.create(
        org=org,
        since=stretches.since,
        turn=stretches.turn,
        until=stretches.until,
        made_at=now,
        deals=[list(refs)],
        found={
            "rate": {**pair, "change": -0.1},
            "deals": {"before": 60, "now": 40},
            "figures": dict.fromkeys(figures, pair),
            "causes": [cause],
            "unexplained": 0.0,
            "mix": {"by_dimension": {"industry": 0.0}, "rate": -0.1},
            "splits": {
                "industry": {
                    "name": "industry",
                    "mix": 0.0,
                    "rate": -0.1,
                    "levels": [{**level, "mix": 0.0, "rate": -0.1}],
                }
            },
            "titles": {"industry": "Industry"},
            "steps": [],
            "months": [
                {"month": "2026-01", "closed": 9, "won": 3, "rate": 0.3, "low": 0.2, "high": 0.5}
            ],
            "sellers": [],
            "tree": [],
        },
    )
