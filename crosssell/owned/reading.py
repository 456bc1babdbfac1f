"""What accounts had at any moment: purchases with every recorded change taken back."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation
from accounts.history.records import BY_RECORD, known_names
from revenue.ml.arrays import Flags, floats
from revenue.users.models import Org

RECORD = "purchase"
OVER = re.compile(
    r"cancel|terminat|expired|obsolete|inactive|churn|ended|lost|return|uninstall|replaced"
    r"|former|void|refund",
    re.IGNORECASE,
)
COLUMNS = ("quantity", "ends_date", "status")


@dataclass(frozen=True, eq=False)
class Had:
    """`changes` are of all time: what came after a moment says what was before."""

    rows: pd.DataFrame
    changes: pd.DataFrame
    told: dict[pd.Timestamp, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def known_from(self) -> pd.Timestamp | None:
        """Before the first change that was recorded nobody kept any."""
        return None if self.changes.empty else self.changes["at"].min()

    @cached_property
    def with_ends(self) -> int:
        return int(self.rows["ends_date"].notna().sum())

    def at(self, moment: datetime | pd.Timestamp) -> pd.DataFrame:
        """Rows that were there, as they were; `runs` where it had neither ended nor been given up.

        An end is the last second of its day.
        """
        moment = pd.Timestamp(moment)
        if moment not in self.told:
            self.told[moment] = self.turned_back(moment)
        return self.told[moment]

    def turned_back(self, moment: pd.Timestamp) -> pd.DataFrame:
        found = self.rows[self.was_there(moment)].set_index("ref")
        later = self.changes[(self.changes["at"] > moment).to_numpy()]
        first = later.drop_duplicates(["ref", "field"])
        for column in COLUMNS:
            of = first[(first["field"] == column).to_numpy()].set_index("ref")["old"]
            changed = found.index.intersection(of.index)
            if len(changed):
                found.loc[changed, column] = typed(of.loc[changed], column)
        found["ends_at"] = found["ends_date"] + pd.Timedelta(days=1, seconds=-1)
        over = found["status"].fillna("").astype(str).str.contains(OVER)
        ended = found["ends_at"] <= moment
        found["runs"] = ~over & ~ended & (found["quantity"] > 0)
        found["total"] = found["unit"] * found["quantity"]
        return found.reset_index()

    def was_there(self, moment: pd.Timestamp) -> Flags:
        gone = self.rows["deleted_at"]
        there = (self.rows["at"] <= moment) & ~(self.rows["created_at"] > moment)
        return np.asarray(there & ~(gone <= moment), dtype=np.bool_)

    def value_at(self, refs: pd.Series, moments: pd.Series, column: str) -> pd.Series:
        """Of each row what the column held at a moment of its own."""
        asked = pd.DataFrame({"ref": refs.to_numpy(), "at": moments.to_numpy()})
        now = self.rows.set_index("ref")[column].reindex(asked["ref"]).reset_index(drop=True)
        of = self.changes[(self.changes["field"] == column).to_numpy()]
        if of.empty:
            return now
        asked["place"] = np.arange(len(asked))
        met = asked.merge(of, on="ref", suffixes=("", "_changed"))
        met = met[(met["at_changed"] > met["at"]).to_numpy()]
        first = met.drop_duplicates("place").set_index("place")["old"]
        if len(first):
            now.loc[first.index] = typed(first, column)
        return now


def typed(texts: pd.Series, column: str) -> pd.Series:
    if column == "quantity":
        return pd.to_numeric(texts, errors="coerce").astype(float)
    if column == "ends_date":
        said = texts.astype("string").str.slice(0, 10)
        return pd.to_datetime(said, errors="coerce", utc=True).astype("datetime64[us, UTC]")
    return texts.astype(object)


def read_had(*, org: Org) -> Had:
    rows = read_frame(purchases(org))
    rows["ref"] = rows["ref"].astype(object)
    rows["status"] = rows["status"].astype(object)
    rows["quantity"] = floats(rows["quantity"])
    rows["unit"] = floats(rows["unit"])
    for column in ("at", "created_at", "deleted_at", "ends_date"):
        rows[column] = pd.to_datetime(rows[column], utc=True).astype("datetime64[us, UTC]")
    changes = read_frame(changed(org))
    changes["at"] = pd.to_datetime(changes["at"], utc=True).astype("datetime64[us, UTC]")
    for column in ("ref", "field", "old", "new"):
        changes[column] = changes[column].astype(object)
    changes = changes[changes["field"].isin(COLUMNS).to_numpy()]
    return Had(rows, changes.reset_index(drop=True))


def purchases(org: Org) -> Relation:
    sql = """
        SELECT external_id AS ref, account_ref, product_ref, status,
               coalesce(quantity, 1) AS quantity,
               corporate_total / nullif(coalesce(quantity, 1), 0) AS unit,
               coalesce(purchased_at, created_at) AS at, created_at, deleted_at, ends_date
        FROM accounts_purchase
        WHERE org_id = %(org)s AND account_ref IS NOT NULL AND product_ref IS NOT NULL
          AND coalesce(purchased_at, created_at) IS NOT NULL
        ORDER BY account_ref, product_ref, external_id
    """
    return Relation(sql, {"org": org.pk})


def changed(org: Org) -> Relation:
    """In order; of one save the source's own row comes first."""
    names = known_names(BY_RECORD[RECORD])
    values = ", ".join(f"('{said}', '{column}')" for said, column in sorted(names.items()))
    sql = f"""
        WITH named (said, field) AS (VALUES {values})
        SELECT change.record_ref AS ref, named.field, change.changed_at AS at,
               change.old_value AS old, change.new_value AS new
        FROM accounts_fieldchange change
        JOIN named ON named.said = change.field_name
        WHERE change.org_id = %(org)s AND change.record = %(record)s
        ORDER BY change.changed_at, change.origin = 'captured', change.id
    """  # noqa: S608
    return Relation(sql, {"org": org.pk, "record": RECORD})
