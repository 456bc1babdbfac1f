"""What was changed about a deal, when and by whom; the newest first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.dateparse import parse_date

from accounts.about.clock import counted_days
from accounts.models import CrmUser, FieldChange, Opportunity, SourceField
from revenue.users.models import Membership
from revenue.web.templatetags import web

SHOWN = 50
# Of these more or later is good or bad; of another field nobody knows.
MORE_IS_BETTER = frozenset({"amount", "probability"})
LATER_IS_WORSE = frozenset({"close_date"})
OWNER = "owner_ref"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str
    delta: str
    is_better: bool | None
    by: str
    at: datetime


@dataclass(frozen=True)
class Changes:
    rows: Sequence[Change]
    is_more: bool


def changes_of(deal: Opportunity, *, reader: Membership, currency: str) -> Changes:
    rows = FieldChange.objects.visible_to(reader).filter(
        record="opportunity", record_ref=deal.external_id
    )
    newest = list(rows.select_related("by").order_by("-changed_at", "-id")[: SHOWN + 1])
    is_more, newest = len(newest) > SHOWN, newest[:SHOWN]
    labels = labels_of(deal, names={each.field_name for each in newest})
    people = people_in(deal, rows=newest)
    waits = stage_waits(newest, since=None if is_more else deal.created_at)
    found = [
        change(
            each,
            label=labels.get(each.field_name, ""),
            currency=currency,
            people=people,
            wait=waits.get(each.pk, ""),
        )
        for each in newest
    ]
    return Changes(rows=found, is_more=is_more)


def labels_of(deal: Opportunity, *, names: set[str]) -> dict[str, str]:
    fields = SourceField.objects.filter(org=deal.org_id, object_name="Opportunity")
    found: dict[str, str] = {}
    for name, column, label in fields.values_list("name", "column", "label"):
        if label and label != name:
            found |= {each: label for each in (name, column) if each in names}
    return found | {OWNER: "Owner"}


def people_in(deal: Opportunity, *, rows: Sequence[FieldChange]) -> dict[str, str]:
    """Owners are kept by the CRM's ids, and read by their names."""
    owners = [each for each in rows if each.field_name == OWNER]
    refs = {ref for each in owners for ref in (each.old_value, each.new_value) if ref}
    if not refs:
        return {}
    people = CrmUser.objects.filter(org=deal.org_id, external_id__in=refs)
    return dict(people.values_list("external_id", "name"))


def stage_waits(newest: Sequence[FieldChange], *, since: datetime | None) -> dict[int, str]:
    """How long the stage that was left had lasted; of the first one only where it is known."""
    found: dict[int, str] = {}
    for each in reversed([row for row in newest if row.field_name == "stage"]):
        if since is not None and each.changed_at >= since:
            found[each.pk] = f"after {counted_days((each.changed_at - since).days)}"
        since = each.changed_at
    return found


def change(
    row: FieldChange, *, label: str, currency: str, people: Mapping[str, str], wait: str
) -> Change:
    values = (row.old_value, row.new_value)
    delta, is_better = difference(*values, field=row.field_name, currency=currency)
    old, new = (
        told(each, field=row.field_name, currency=currency, people=people) for each in values
    )
    return Change(
        label=label or plain_label(row.field_name),
        old=old,
        new=new,
        delta=delta or wait,
        is_better=is_better,
        by=row.by.name if row.by else "",
        at=row.changed_at,
    )


def plain_label(name: str) -> str:
    """`StageName` and `stage_name` are both Stage name."""
    bare = name.removesuffix("__c").removesuffix("_ref")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", bare).replace("_", " ")
    return words.strip().capitalize() or name


def told(value: str | None, *, field: str, currency: str, people: Mapping[str, str]) -> str:
    if not value:
        return web.BLANK
    if field == OWNER:
        return people.get(value, "somebody whom the CRM no longer has")
    if day := day_in(value):
        return web.day(day)
    number = number_in(value)
    if number is None:
        return value
    if field == "amount":
        return web.money(number, currency)
    plain = web.number(number, 0 if number == round(number) else 2)
    return f"{plain}%" if field == "probability" else plain


def difference(
    old: str | None, new: str | None, *, field: str, currency: str
) -> tuple[str, bool | None]:
    """How far, and whether that is good, where anybody can know."""
    if field == OWNER:
        return "", None
    days = day_in(old), day_in(new)
    if days[0] and days[1]:
        moved = (days[1] - days[0]).days
        if not moved:
            return "", None
        said = f"{counted_days(abs(moved))} {'later' if moved > 0 else 'earlier'}"
        return said, moved < 0 if field in LATER_IS_WORSE else None
    numbers = number_in(old), number_in(new)
    if numbers[0] is None or numbers[1] is None or numbers[0] == numbers[1]:
        return "", None
    grown = numbers[1] - numbers[0]
    size = web.money(grown, currency) if field == "amount" else web.number(grown)
    return f"{'+' if grown > 0 else ''}{size}", grown > 0 if field in MORE_IS_BETTER else None


def day_in(value: str | None) -> date | None:
    """Only as a day is written here: eight digits alone are an amount."""
    try:
        return parse_date(value) if value and DAY.fullmatch(value) else None
    except ValueError:
        return None


def number_in(value: str | None) -> Decimal | None:
    try:
        found = Decimal(value or "")
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
