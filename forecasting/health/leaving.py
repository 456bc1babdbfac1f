"""How the product knows that a customer left: by an admin's word, or by what the records say."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pandas as pd

from accounts.customers.reading import own_texts, purchases_with_ends
from accounts.frames import read_frame
from accounts.history import Relation
from accounts.models.sync import SourceField
from forecasting.health.dimensions import words_of
from forecasting.health.policy import Policy
from revenue.users.models import Org

How = Literal["date", "flag", "ends", "revenue", "none"]
LEFT = re.compile(
    r"^(?:churn\w*|attrit\w*|attrition|lapsed?|cancel\w*|terminat\w*|leav\w*|left|lost|gone|former"
    r"|departed|defect\w*|offboard\w*)$"
)
SAYS_YES = frozenset({"yes", "true", "y", "1", "t"})
DATES = ("date", "datetime")
NUMBERS = ("integer", "double", "currency", "percent")
MOST_VALUES = 12  # of a field that says who left
MOST_SHARE = 0.9  # of all accounts: a field that says so of more means something else
LEAST_ENDS = 20


@dataclass(frozen=True, eq=False)
class Leaving:
    """`gone` has a row for each account that left: `ref`, and `left_at` where a day is known."""

    how: How
    words: str
    gone: pd.DataFrame
    field: str = ""
    value: str = ""
    hidden: frozenset[str] = frozenset()  # own fields that tell the label, or are made of it

    @property
    def is_dated(self) -> bool:
        """Most of those who left did so on a known day, or would, where nobody has left yet."""
        if self.how in ("ends", "revenue") or not len(self.gone):
            return self.how != "flag"
        return bool(self.gone["left_at"].notna().mean() > 0.5)

    def dated(self) -> "pd.Series[pd.Timestamp]":
        """By account, the day on which it left."""
        known = self.gone[self.gone["left_at"].notna().to_numpy(dtype=bool)]
        return known.groupby("ref", observed=True)["left_at"].min()


NOBODY = pd.DataFrame(
    {"ref": pd.Series([], dtype=object), "left_at": pd.Series([], dtype="datetime64[us, UTC]")}
)


def leaving_of(*, org: Org, as_of: datetime, policy: Policy) -> Leaving:
    """The admin's field, else the first own field that says so, else ends, else revenue."""
    fields = own_fields_of(org)
    hidden = frozenset(one.name for one in fields if says_left(one))
    if policy.left_field:
        chosen = next((one for one in fields if one.name == policy.left_field), None)
        if chosen is not None:
            rows = told_by(org, as_of, chosen, wanted=policy.left_value)
            words = f"A customer has left by its field {chosen.label or chosen.name}, as chosen."
            return told(rows, chosen, policy.left_value, words, hidden)
    for one in sorted(fields, key=eagerness):
        if (found := by_itself(org, as_of, one, hidden)) is not None:
            return found
    return without_field(org, as_of, policy, hidden)


def own_fields_of(org: Org) -> list[SourceField]:
    rows = SourceField.objects.filter(org=org, object_name="Account", column="", is_skipped=False)
    return list(rows.order_by("name"))


def says_left(field: SourceField) -> bool:
    said = [*words_of(field.name), *words_of(field.label)]
    return any(LEFT.match(word) for word in said)


def eagerness(field: SourceField) -> tuple[int, int, str]:
    """A day says more than a mark, and a name that says so more than values that do."""
    return (0 if says_left(field) else 1, 0 if field.type in DATES else 1, field.name)


def by_itself(
    org: Org, as_of: datetime, field: SourceField, hidden: frozenset[str]
) -> Leaving | None:
    named = says_left(field)
    if field.type in NUMBERS or (field.type in DATES and not named):
        return None
    rows = told_by(org, as_of, field, wanted="")
    if not named and field.type not in DATES:
        rows = rows[0:0] if not says_values(org, as_of, field) else rows
    total = int(rows.attrs.get("accounts", 0))
    if not len(rows) or not total or len(rows) > MOST_SHARE * total:
        return None
    value = str(rows.attrs.get("value", ""))
    words = f"A customer has left by its field {field.label or field.name}" + (
        f" = {value}, found by its name and values." if value else ", found by its name."
    )
    return told(rows, field, value, words, hidden)


def told(
    rows: pd.DataFrame, field: SourceField, value: str, words: str, hidden: frozenset[str]
) -> Leaving:
    how: How = "date" if field.type in DATES else "flag"
    return Leaving(how, words, rows, field.name, value, hidden | {field.name})


def told_by(org: Org, as_of: datetime, field: SourceField, *, wanted: str) -> pd.DataFrame:
    """Of a day that has come; of a mark the last change to it, where its changes are recorded."""
    texts = read_frame(own_texts(org, as_of, field.name))
    held = texts["value"].astype(object)
    if field.type in DATES:
        left = pd.to_datetime(held, errors="coerce", utc=True, format="mixed").astype(
            NOBODY["left_at"].dtype
        )
        here = left.notna() & (left <= pd.Timestamp(as_of))
        found = pd.DataFrame({"ref": texts["ref"].astype(object), "left_at": left})
        return with_notes(found[here.to_numpy(dtype=bool)], len(texts), "")
    names = held.map(lambda one: "" if pd.isna(one) else str(one).strip())
    if names[names != ""].nunique() > MOST_VALUES and not wanted:
        return with_notes(NOBODY.copy(), len(texts), "")
    said = {one for one in names.unique() if one and means_left(one, field, wanted=wanted)}
    marked = names.isin(said).to_numpy(dtype=bool)
    refs = texts["ref"].astype(object)[marked]
    since = read_frame(marked_at(org, as_of, field.name, sorted(said)))
    days = pd.Series(
        since["at"].to_numpy(), index=since["ref"].astype(object), dtype=NOBODY["left_at"].dtype
    )
    left = days.reindex(pd.Index(refs))
    found = pd.DataFrame({"ref": refs.to_numpy(), "left_at": left.array})
    return with_notes(found, len(texts), ", ".join(sorted(said)))


def with_notes(rows: pd.DataFrame, accounts: int, value: str) -> pd.DataFrame:
    found = rows.reset_index(drop=True)
    found.attrs = {"accounts": accounts, "value": value}
    return found


def means_left(value: str, field: SourceField, *, wanted: str) -> bool:
    if wanted:
        return value.casefold() == wanted.strip().casefold()
    if says_left(field) and value.casefold() in SAYS_YES:
        return True
    return any(LEFT.match(word) for word in words_of(value))


def says_values(org: Org, as_of: datetime, field: SourceField) -> bool:
    """Few values, one of which says that a customer left: a status, a stage of life."""
    return field.type in ("picklist", "string") and bool(len(told_by(org, as_of, field, wanted="")))


def marked_at(org: Org, as_of: datetime, name: str, values: list[str]) -> Relation:
    sql = """
        SELECT record_ref AS ref, max(changed_at) AS at FROM accounts_fieldchange
        WHERE org_id = %(org)s AND record = 'account' AND field_name = %(name)s
          AND changed_at <= %(as_of)s AND new_value = ANY(%(values)s)
        GROUP BY record_ref ORDER BY record_ref
    """
    values = [*values, *(one.lower() for one in values)]
    return Relation(sql, {"org": org.pk, "as_of": as_of, "name": name, "values": values})


def without_field(org: Org, as_of: datetime, policy: Policy, hidden: frozenset[str]) -> Leaving:
    ends = read_frame(purchases_with_ends(org, as_of))
    over = ended(ends, as_of)
    if len(over) >= LEAST_ENDS:
        words = "A customer has left when all that it had has ended and nothing was bought after."
        return Leaving("ends", words, over, hidden=hidden)
    share = f"{policy.contraction:.0%}"
    words = (
        f"No field says that a customer left: it counts as gone where its won revenue of a year"
        f" shrank by {share} or more. One that won nothing for a year had gone before."
    )
    return Leaving("revenue", words, NOBODY.copy(), hidden=hidden)


def ended(ends: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Of each account of which all has ended, the last day of it."""
    if not len(ends):
        return NOBODY.copy()
    last = ends.groupby("ref", observed=True).agg(
        left_at=("ends_at", "max"), known=("ends_at", "count"), all=("ref", "size"),
        bought=("purchased_at", "max"),
    ).reset_index()  # fmt: skip
    gone = (last["known"] == last["all"]) & (last["left_at"] <= pd.Timestamp(as_of))
    gone &= ~(last["bought"] > last["left_at"])
    found = last[gone.to_numpy(dtype=bool)][["ref", "left_at"]].reset_index(drop=True)
    return found.assign(ref=found["ref"].astype(object))
