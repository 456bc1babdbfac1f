"""The newest scores of open leads as a reader sees them: what a person said stands above them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Lead
from forecasting.lead_pages.answers import own_fields, with_first_answer
from forecasting.leads.lives import ENDED
from forecasting.models import LeadOverride, LeadScore
from revenue.users.models import Membership, Org

SHOWN_WITH = ("org", "lead__owner")
NOT_OPEN = Q(is_converted=True) | Q(merged_into_ref__isnull=False) | Q(status__iregex=ENDED.pattern)


def standing(column: str, *, lead: str = "lead_ref") -> Subquery:
    """Of what somebody said about the lead and nobody has taken back."""
    rows = LeadOverride.objects.standing().filter(org=OuterRef("org"), lead_ref=OuterRef(lead))
    return Subquery(rows.values(column)[:1])


def open_leads(reader: Membership) -> QuerySet[Any]:
    found: QuerySet[Any] = Lead.objects.visible_to(reader).exclude(NOT_OPEN)
    return found


def rows_for(reader: Membership) -> QuerySet[Any]:
    """Whoever has converted since the last scoring is gone from the list at once."""
    own = open_leads(reader).filter(external_id=OuterRef("lead_ref"))
    rows = LeadScore.objects.of(reader.org).newest().filter(Exists(own))
    found: QuerySet[Any] = rows.annotate(tier_said=standing("tier")).annotate(
        tier_now=Coalesce(F("tier_said"), F("tier"))
    )
    return found


def with_answers(rows: QuerySet[Any], *, org: Org, at: datetime, goal: timedelta) -> QuerySet[Any]:
    """Since when each lead waits, or how long it took until somebody answered."""
    lead, ref = ("", "external_id") if rows.model is Lead else ("lead__", "lead_ref")
    found = with_first_answer(rows, fields=own_fields(org), at=at, lead=lead, ref=ref)
    until = Coalesce(F("answered_at"), Value(at, output_field=DateTimeField()))
    took = ExpressionWrapper(until - F(f"{lead}created_at"), output_field=DurationField())
    answer = Case(
        When(answer_took=None, then=Value("")),
        When(answered_at=None, answer_took__gt=goal, then=Value("late")),
        When(answered_at=None, then=Value("waiting")),
        When(answer_took__gt=goal, then=Value("slow")),
        default=Value("in_time"),
    )
    whole: QuerySet[Any] = found.annotate(answer_took=took).annotate(answer=answer)
    return whole
