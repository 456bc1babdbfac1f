"""What follows from a row's own values: links by the kind of an id, names, totals, what is done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce

from accounts import salesforce_ids as ids
from accounts.connectors.base import Row
from accounts.models import Activity
from accounts.models.fact import MONEY_DIGITS
from accounts.records import OBJECTS
from accounts.sync.convert import (
    Mended,
    UnfitError,
    converter_of,
    moment_text,
    number_text,
    to_decimal,
    to_moment,
    to_text,
)
from revenue.users.models import Org

# What was told of the row so far, by column; a rule adds to it, always the same columns.
Values = dict[str, Any]
Rule = Callable[[Values, Row, datetime], None]

LINKS = {
    ids.ACCOUNT: "account_ref",
    ids.OPPORTUNITY: "opportunity_ref",
    ids.CASE: "case_ref",
    ids.CONTACT: "contact_ref",
    ids.LEAD: "lead_ref",
}
SUBTYPES = {"Call": "call", "Email": "email", "ListEmail": "email"}


def activity(values: Values, _row: Row, _at: datetime) -> None:
    if "what_ref" not in values and "who_ref" not in values:
        return
    account = values.get("account_ref")
    for link in LINKS.values():
        values.setdefault(link, None)
    for ref in (values.get("what_ref"), values.get("who_ref")):
        column = LINKS.get((ref or "")[:3])
        if column and not (column == "account_ref" and account):
            values[column] = ref


def task(values: Values, row: Row, at: datetime) -> None:
    activity(values, row, at)
    values["kind"] = SUBTYPES.get(row.get("TaskSubtype") or "", values.get("kind", "task"))
    if values.get("happens_at", ...) is None and row.get("CompletedDateTime"):
        values["happens_at"] = to_moment(row["CompletedDateTime"])


def event(values: Values, row: Row, at: datetime) -> None:
    """Nothing else says of a meeting that it took place."""
    activity(values, row, at)
    if "happens_at" in values:
        begins = values["happens_at"]
        length = timedelta(minutes=max(values.get("duration_minutes") or 0, 0))
        values["is_done"] = begins is not None and begins <= at - length


def person(values: Values, _row: Row, _at: datetime) -> None:
    if "first_name" in values or "last_name" in values:
        made = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
        values["name"] = values.get("name") or made


def opportunity(values: Values, _row: Row, _at: datetime) -> None:
    """Won is closed, whatever the flags say: the CRM lets both be formulas."""
    if "is_won" in values:
        values["is_closed"] = values.get("is_closed", False) or values["is_won"]


def purchase(values: Values, row: Row, _at: datetime) -> None:
    if "quantity" in values and "unit_price" in values and "total_price" not in row:
        quantity, price = values["quantity"], values["unit_price"]
        known = quantity is not None and price is not None
        if known or "total_price" not in values:
            values["total_price"] = product(quantity, price) if known else None


def product(quantity: Decimal, price: Decimal) -> Decimal:
    made = quantity * price
    if made.adjusted() >= MONEY_DIGITS["max_digits"] - MONEY_DIGITS["decimal_places"]:
        raise UnfitError(f"comes to {made:.0e}, which is too large")
    return round(made, MONEY_DIGITS["decimal_places"])


def rate(values: Values, _row: Row, _at: datetime) -> None:
    starts, ends = values.get("starts_date"), values.get("ends_date")
    if starts and ends and ends <= starts:
        raise UnfitError("ends before it starts")
    if "rate" in values and values["rate"] <= 0:
        raise UnfitError("has a rate that is not above 0")


def field_change(values: Values, row: Row, _at: datetime) -> None:
    """The CRM's own history in the words of our own: our column, and values in one form."""
    known = OBJECTS["Opportunity"]
    name = values.get("field_name") or ""
    column = known.columns.get(name) or known.columns.get(f"{name}Id") or name
    values["field_name"] = column
    for side, source in (("old_value", "OldValue"), ("new_value", "NewValue")):
        if side in values:
            values[side] = history_text(column, row.get(source, values[side]))


def history_text(column: str, value: Any) -> str | None:
    fields = {each.name: each for each in OBJECTS["Opportunity"].model._meta.concrete_fields}
    if value in (None, ""):
        return None
    if column in fields:
        try:
            value = converter_of(fields[column], Mended())(value)
        except UnfitError:
            value = str(value)
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, Decimal | float):
        return number_text(to_decimal(value))
    return to_text(value, Mended()) or None


def finish_meetings(*, org: Org, at: datetime) -> int:
    """Time passes without a change of the record."""
    past = Activity.objects.filter(
        org=org, kind=Activity.Kind.MEETING, is_done=False, deleted_at=None, happens_at__lte=at
    )
    length = ExpressionWrapper(
        Coalesce("duration_minutes", 0) * Value(timedelta(minutes=1)), output_field=DurationField()
    )
    over = past.annotate(
        over_at=ExpressionWrapper(F("happens_at") + length, output_field=DateTimeField())
    )
    return int(over.filter(over_at__lte=at).update(is_done=True, synced_at=at))


RULES: dict[str, Rule] = {
    "Task": task,
    "Event": event,
    "EmailMessage": activity,
    "Contact": person,
    "Lead": person,
    "User": person,
    "Opportunity": opportunity,
    "Asset": purchase,
    "DatedConversionRate": rate,
    "CurrencyType": rate,
    "OpportunityFieldHistory": field_change,
}
# Columns that a rule fills where the source has no field for them.
OF_ACTIVITY = frozenset({*LINKS.values(), "happens_at"})
MADE: dict[str, frozenset[str]] = {
    "Task": OF_ACTIVITY,
    "Event": OF_ACTIVITY,
    "EmailMessage": OF_ACTIVITY,
    "Contact": frozenset({"name"}),
    "Lead": frozenset({"name"}),
    "User": frozenset({"name"}),
    "Opportunity": frozenset({"is_closed"}),
}
