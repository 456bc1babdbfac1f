"""When somebody first answered an open lead, as part of a question: as `leads.answering` tells it.

A list asks it of the rows that it shows; the report reads all leads at once.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Concat, Greatest, Least, Length
from django.db.models.lookups import Exact, LessThanOrEqual

from accounts.models import Activity, SourceField
from forecasting.leads.answering import DAY_LENGTH, END_OF_DAY, OWN_FIELD
from revenue.users.models import Org

BEGINS = r"^\d{4}-\d\d-\d\d"


class IsMoment(Func):
    """False for what people typed into a field of text."""

    function = "pg_input_is_valid"
    template = "%(function)s(%(expressions)s, 'timestamptz')"
    output_field = BooleanField()


def own_fields(org: Org) -> Sequence[str]:
    """Those in which the org's CRM itself writes down a first answer."""
    names = SourceField.objects.filter(org=org, object_name="Lead", column="")
    found = names.values_list("name", flat=True)
    return sorted(name for name in found if re.search(OWN_FIELD, name, re.IGNORECASE))


def with_first_answer(
    rows: QuerySet[Any], *, fields: Sequence[str], at: datetime, lead: str, ref: str
) -> QuerySet[Any]:
    """`lead` begins the paths to the lead's columns, `ref` is the path to its id."""
    known: list[Any] = [acted(ref, at=at)]
    for place, name in enumerate(fields):
        said = f"own_said_{place}"
        rows = rows.annotate(**{said: by_its_end(KeyTextTransform(name, f"{lead}extra"))})
        known.append(own_answer(said, at=at))
    told = Least(*known) if len(known) > 1 else known[0]
    answered = Case(
        When(told_at=None, then=None),
        default=Greatest(F("told_at"), F(f"{lead}created_at")),
        output_field=DateTimeField(),
    )
    found: QuerySet[Any] = rows.annotate(told_at=told).annotate(answered_at=answered)
    return found


def acted(ref: str, *, at: datetime) -> Subquery:
    """The first call, meeting, task or e-mail from us."""
    rows = (
        Activity.objects.present()
        .filter(org=OuterRef("org"), lead_ref=OuterRef(ref))
        .exclude(kind=Activity.Kind.EMAIL, is_incoming=True)
        .filter(~Q(kind=Activity.Kind.TASK) | Q(is_done=True))
        .annotate(at=Greatest("happens_at", "created_at"))
        .filter(at__lte=at)
    )
    return Subquery(rows.order_by("at").values("at")[:1])


def by_its_end(text: KeyTextTransform) -> Case:
    """A plain day does not say when, and counts from its end."""
    return Case(
        When(Q(Exact(Length(text), DAY_LENGTH)), then=Concat(text, Value(END_OF_DAY))),
        default=text,
        output_field=TextField(),
    )


def own_answer(said: str, *, at: datetime) -> Case:
    moment = Cast(F(said), DateTimeField())
    return Case(
        When(
            Q(**{f"{said}__regex": BEGINS}) & Q(IsMoment(F(said))),
            then=Case(When(LessThanOrEqual(moment, at), then=moment)),
        ),
        default=None,
        output_field=DateTimeField(),
    )
