"""What was changed about a deal, when and by whom; the newest first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from django.utils.dateparse import parse_date

from accounts.about.clock import counted_days
from accounts.about.stages import open_stages
from accounts.models import CrmUser, FieldChange, Opportunity, SourceField, StageChange
from revenue.users.models import Membership
from revenue.web.templatetags import web

SHOWN = 50
# Of these more or later is good or bad; of another field nobody knows.
MORE_IS_BETTER = frozenset({"amount", "probability"})
LATER_IS_WORSE = frozenset({"close_date"})
OWNER = "owner_ref"
# What each save of a deal holds, and how the history of fields calls the same.
SAVED = {
    "stage": ("stage", "StageName"),
    "amount": ("amount", "Amount"),
    "close_date": ("close_date", "CloseDate"),
}
LONG_H = 72
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Raw:
    """A change as it was recorded: a value of one field became another."""

    field: str
    old: str | None
    new: str | None
    at: datetime
    by: str = ""
    by_ref: str | None = None


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


def changes_of(
    deal: Opportunity, *, reader: Membership, currency: str, versions: Sequence[StageChange] = ()
) -> Changes:
    """What the saves of a deal tell is read from them; everything else from the fields' history."""
    told_by_saves = fields_of(versions)
    rows = FieldChange.objects.visible_to(reader).filter(
        record="opportunity", record_ref=deal.external_id
    )
    others = [same for name in told_by_saves for same in SAVED[name]]
    recorded = rows.exclude(field_name__in=others).select_related("by")
    found = [
        *(raw_of(each) for each in recorded.order_by("-changed_at", "-id")[: SHOWN + 1]),
        *between_saves(versions, fields=told_by_saves),
    ]
    newest = sorted(found, key=lambda each: each.at, reverse=True)
    is_more, newest = len(newest) > SHOWN, newest[:SHOWN]
    labels = labels_of(deal, names={each.field for each in newest})
    people = people_in(deal, rows=newest)
    waits = stage_waits(newest, since=None if is_more else deal.created_at)
    stages = open_stages(deal.org) if waits else []
    shown = [
        change(
            each,
            label=labels.get(each.field, ""),
            currency=currency,
            people=people,
            further=(stage_move(each, stages=stages), waits.get(at, "")),
        )
        for at, each in enumerate(newest)
    ]
    return Changes(rows=shown, is_more=is_more)


def raw_of(row: FieldChange) -> Raw:
    return Raw(
        field=row.field_name,
        old=row.old_value,
        new=row.new_value,
        at=row.changed_at,
        by=row.by.name if row.by else "",
    )


def fields_of(versions: Sequence[StageChange]) -> list[str]:
    """Which fields the saves speak of: one file gives stages alone, another also amounts."""
    if len(versions) < 2:
        return []
    return [name for name in SAVED if any(getattr(each, name) for each in versions)]


def between_saves(versions: Sequence[StageChange], *, fields: Sequence[str]) -> list[Raw]:
    """Unlike money is not compared: a deal that changed its currency changed no amount."""
    found = []
    for before, after in pairwise(versions):
        for name in fields:
            old, new = getattr(before, name), getattr(after, name)
            if old == new or (name == "amount" and before.currency != after.currency):
                continue
            found.append(
                Raw(name, saved_text(old), saved_text(new), after.changed_at, by_ref=after.by_ref)
            )
    return found


def saved_text(value: str | Decimal | date | None) -> str | None:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value


def labels_of(deal: Opportunity, *, names: set[str]) -> dict[str, str]:
    fields = SourceField.objects.filter(org=deal.org_id, object_name="Opportunity")
    found: dict[str, str] = {}
    for name, column, label in fields.values_list("name", "column", "label"):
        if label and label != name:
            found |= {each: label for each in (name, column) if each in names}
    return found | {OWNER: "Owner"}


def people_in(deal: Opportunity, *, rows: Sequence[Raw]) -> dict[str, str]:
    """Owners, and who saved a deal, are kept by the CRM's ids and read by their names."""
    refs = {ref for each in rows if each.field == OWNER for ref in (each.old, each.new) if ref}
    refs |= {each.by_ref for each in rows if each.by_ref}
    if not refs:
        return {}
    people = CrmUser.objects.filter(org=deal.org_id, external_id__in=refs)
    return dict(people.values_list("external_id", "name"))


def stage_waits(newest: Sequence[Raw], *, since: datetime | None) -> dict[int, str]:
    """How long the stage that was left had lasted; of the first one only where it is known."""
    found: dict[int, str] = {}
    for at in reversed(range(len(newest))):
        each = newest[at]
        if each.field != "stage":
            continue
        if since is not None and each.at >= since:
            found[at] = f"after {lasted(each.at - since)}"
        since = each.at
    return found


def lasted(time: timedelta) -> str:
    """In hours, as a sales manager counts; in days where those are many."""
    hours = round(time.total_seconds() / 3600)
    return f"{hours:,} h" if hours < LONG_H else counted_days(time.days)


def stage_move(row: Raw, *, stages: Sequence[str]) -> str:
    """How many of the org's usual stages on, or back."""
    if row.field != "stage" or row.old not in stages or row.new not in stages:
        return ""
    moved = stages.index(row.new) - stages.index(row.old)
    size = "1 stage" if abs(moved) == 1 else f"{abs(moved)} stages"
    return f"{size} {'on' if moved > 0 else 'back'}" if moved else ""


def change(
    row: Raw,
    *,
    label: str,
    currency: str,
    people: Mapping[str, str],
    further: Sequence[str] = (),
) -> Change:
    delta, is_better = difference(row.old, row.new, field=row.field, currency=currency)
    old, new = (
        told(each, field=row.field, currency=currency, people=people) for each in (row.old, row.new)
    )
    return Change(
        label=label or plain_label(row.field),
        old=old,
        new=new,
        delta=", ".join(each for each in (delta, *further) if each),
        is_better=is_better,
        by=row.by or people.get(row.by_ref or "", ""),
        at=row.at,
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
        if field in LATER_IS_WORSE:
            return pushed(moved), moved < 0
        return f"{counted_days(abs(moved))} {'later' if moved > 0 else 'earlier'}", None
    numbers = number_in(old), number_in(new)
    if numbers[0] is None or numbers[1] is None or numbers[0] == numbers[1]:
        return "", None
    grown = numbers[1] - numbers[0]
    size = web.money(grown, currency) if field == "amount" else web.number(grown)
    return f"{'+' if grown > 0 else ''}{size}", grown > 0 if field in MORE_IS_BETTER else None


def pushed(days: int) -> str:
    """A close date's way: a plus is a day that it was pushed out by."""
    said = counted_days(abs(days))
    return f"+{said}, pushed" if days > 0 else f"−{said}, pulled in"


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
