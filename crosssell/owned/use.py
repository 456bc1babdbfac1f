"""How much of what customers have they use: the org's own numbers of an account, as they stood."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from accounts.frames import read_frame
from accounts.history import Relation
from revenue.users.models import Org

CAPACITY = re.compile(r"licen|seat|contracted|entitled|quota|limit|capacity|paid", re.IGNORECASE)
USE = re.compile(r"active|usage|used|users?|log.?ins?|sessions|consum", re.IGNORECASE)
PLAIN = frozenset(
    {"active", "licensed", "licenses", "licences", "used", "paid", "c", "number", "of"}
)
BEFORE = pd.Timedelta(days=90)
NUMBERS = "('integer', 'double', 'currency', 'percent')"


@dataclass(frozen=True)
class Fields:
    """Names of own fields; empty where none tells it."""

    use: str = ""
    capacity: str = ""


@dataclass(frozen=True, eq=False)
class Use:
    """`begun` is since when changes of a field are recorded: before, nobody knows what it held."""

    fields: Fields
    begun: Mapping[str, pd.Timestamp]
    now: Mapping[str, "pd.Series[float]"]
    changes: Mapping[str, pd.DataFrame]
    told: dict[tuple[str, pd.Timestamp], "pd.Series[float]"] = field(default_factory=dict)

    def of(self, refs: "pd.Series[str]", at: pd.Timestamp) -> pd.DataFrame:
        """Of each account how many are used, of how many, and what was used a quarter before."""
        who = pd.Index(refs.astype(object))
        asked = {
            "used": (self.fields.use, at),
            "capacity": (self.fields.capacity, at),
            "before": (self.fields.use, at - BEFORE),
        }
        columns = {name: self.held(*one).reindex(who).to_numpy() for name, one in asked.items()}
        found = pd.DataFrame(columns, dtype=float)
        found["share"] = (found["used"] / found["capacity"]).where(found["capacity"] > 0)
        found["trend"] = (found["used"] / found["before"]).where(found["before"] > 0)
        return found

    def held(self, name: str, at: pd.Timestamp) -> "pd.Series[float]":
        if (name, at) not in self.told:
            self.told[name, at] = self.looked_up(name, at)
        found: pd.Series[float] = self.told[name, at]
        return found

    def looked_up(self, name: str, at: pd.Timestamp) -> "pd.Series[float]":
        """What the first change after the moment replaced; as it is now where none came."""
        if not name or at < self.begun[name]:
            return pd.Series(dtype=float, index=pd.Index([], dtype=object))
        changes = self.changes[name]
        later = changes[(changes["at"] > at).to_numpy()].drop_duplicates("ref")
        found = self.now[name].copy()
        old = pd.to_numeric(later["old"], errors="coerce")
        old.index = pd.Index(later["ref"].astype(object))
        held: pd.Series[float] = pd.concat([found[~found.index.isin(old.index)], old])
        return held


def read_use(*, org: Org) -> Use:
    tracked = read_frame(tracked_fields(org))
    begun = dict(zip(tracked["name"].astype(str), pd.to_datetime(tracked["at"]), strict=True))
    fields = fields_of(sorted(begun))
    names = [name for name in (fields.use, fields.capacity) if name]
    changes, now = {}, {}
    for name in names:
        rows = read_frame(changes_of(org, name))
        changes[name] = rows.assign(at=pd.to_datetime(rows["at"], utc=True))
        held = read_frame(held_now(org, name))
        values = pd.to_numeric(held["value"], errors="coerce").to_numpy(dtype=float)
        now[name] = pd.Series(values, index=pd.Index(held["ref"].astype(object)))
    return Use(fields, begun, now, changes)


def fields_of(names: Sequence[str]) -> Fields:
    """The use and the capacity that speak of the same thing, by the words that they share."""
    capacities = [name for name in names if CAPACITY.search(name)]
    uses = [name for name in names if USE.search(name) and name not in capacities]
    if not uses:
        return Fields()
    pairs = [(len(words(use) & words(most)), use, most) for use in uses for most in capacities]
    best = max(pairs, key=lambda pair: pair[0], default=(0, uses[0], ""))
    return Fields(best[1], best[2]) if best[0] else Fields(uses[0])


def words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", name.lower())) - PLAIN - {""}


def tracked_fields(org: Org) -> Relation:
    """The org's own numbers of an account whose changes are recorded."""
    sql = f"""
        SELECT change.field_name::text AS name, min(change.changed_at) AS at
        FROM accounts_fieldchange change
        JOIN accounts_sourcefield field
          ON field.org_id = %(org)s AND field.object_name = 'Account'
         AND field.name = change.field_name AND field.column = '' AND field.type IN {NUMBERS}
        WHERE change.org_id = %(org)s AND change.record = 'account'
        GROUP BY 1 ORDER BY 1
    """  # noqa: S608
    return Relation(sql, {"org": org.pk})


def changes_of(org: Org, name: str) -> Relation:
    sql = """
        SELECT record_ref AS ref, changed_at AS at, old_value AS old
        FROM accounts_fieldchange
        WHERE org_id = %(org)s AND record = 'account' AND field_name = %(name)s
        ORDER BY changed_at, origin = 'captured', id
    """
    return Relation(sql, {"org": org.pk, "name": name})


def held_now(org: Org, name: str) -> Relation:
    sql = """
        SELECT external_id AS ref, extra ->> %(name)s AS value
        FROM accounts_account
        WHERE org_id = %(org)s AND jsonb_typeof(extra -> %(name)s) = 'number'
        ORDER BY external_id
    """
    return Relation(sql, {"org": org.pk, "name": name})
