"""Features of every open deal at a moment, as sets, against asking for one deal after another.

`python -m benchmarks.features [DEALS]`, with ten activities and three saves a deal; a million is
what is asked for. Theirs works out the dealings of a deal alone, a small part of what ours does,
from that deal's own rows; it is timed on some of them (`theirs_rows`) and scaled up to all.
"""

import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.stage import report, seconds, stage

DEALS, ACTIVITIES, SAVES, MOST_OF_THEIRS = 50_000, 10, 3, 300
OFTEN = 200_000  # up to so many deals a run is short enough to be repeated
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
AS_OF = BEGAN + timedelta(days=400)
COPIES = """
    INSERT INTO {table} SELECT made.* FROM {table} first,
    generate_series(1, %s) n, generate_series(1, {each}) m,
    LATERAL jsonb_populate_record(first, jsonb_build_object(
        'id', first.id + (n - 1) * {each} + m, 'external_id', 'X' || n || '-' || m, {changes}
    )) made
"""
DAY = "first.created_at + interval '1 day' * (n %% 300)"


def fill(deals: int) -> Any:
    from accounts.models import Activity, Opportunity, StageChange
    from revenue.users.models import Org

    org = Org.objects.create(slug="many", name="Many")
    usual: dict[str, Any] = {"org": org, "created_at": BEGAN, "synced_at": BEGAN}
    Opportunity.objects.create(external_id="first", stage="Proposal", **usual)
    Activity.objects.create(external_id="first", kind="call", happens_at=BEGAN, **usual)
    StageChange.objects.create(external_id="first", stage="Proposal", changed_at=BEGAN, **usual)
    began = f"'created_at', {DAY}"
    of_deal = f"'opportunity_ref', 'X' || n || '-1', {began}"
    later = f"{DAY} + interval '1 day' * (m * 7)"
    copy("accounts_opportunity", deals, 1, f"'owner_ref', 'U' || (n %% 200), {began}")
    copy("accounts_activity", deals, ACTIVITIES, f"{of_deal}, 'happens_at', {later}")
    copy("accounts_stagechange", deals, SAVES, f"{of_deal}, 'changed_at', {later}")
    return org


def copy(table: str, deals: int, each: int, changes: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(COPIES.format(table=table, each=each, changes=changes), [deals])
        cursor.execute(f"ANALYZE {table}")


def one_by_one(org: Any, refs: list[str]) -> list[tuple[float, ...]]:
    """Counts of activities in three windows and days since the last, as our own columns say."""
    from accounts.models import Activity

    found = []
    for ref in refs:
        rows = Activity.objects.filter(org=org, opportunity_ref=ref, happens_at__lte=AS_OF)
        days = [(AS_OF - row.happens_at).total_seconds() / 86_400 for row in rows if row.happens_at]
        counts = [float(sum(day < window for day in days)) for window in (7, 30, 90)]
        found.append((*counts, round(min(days), 6)))
    return found


def main(deals: int) -> None:
    from forecasting.deals.dataset import open_deals

    org = fill(deals)
    refs = [f"X{n}-1" for n in range(1, min(deals, MOST_OF_THEIRS) + 1)]
    frame = open_deals(org=org, as_of=AS_OF)
    names = ["activities_7", "activities_30", "activities_90", "days_since_activity"]
    place = {ref: row for row, ref in enumerate(frame.ids)}
    ours = frame.values[names].iloc[[place[ref] for ref in refs]].round(6)
    assert [tuple(map(float, row)) for row in ours.to_numpy()] == one_by_one(org, refs)
    scale = deals / len(refs)
    report(
        name="features",
        against="a query a deal, and the dealings alone",
        ours_s=seconds(lambda: open_deals(org=org, as_of=AS_OF), times=3 if deals <= OFTEN else 1),
        theirs_s=seconds(lambda: one_by_one(org, refs), times=3) * scale,
        deals=deals,
        activities=deals * ACTIVITIES,
        features=len(frame.features),
        theirs_rows=len(refs),
    )


if __name__ == "__main__":
    with stage():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else DEALS)
