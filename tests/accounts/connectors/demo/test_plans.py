"""What has yet to take place reads as planned, and tells its outcome once it is over."""

from datetime import timedelta

from accounts.connectors.demo.texts import english as en
from accounts.connectors.demo.world import World
from tests.accounts.connectors.demo.conftest import NOW

THEN = NOW - timedelta(days=30)  # in the same quarter: the company began on the same day
BEGINNINGS = tuple(plan.split("{")[0] for plan in en.MEETING_PLANS if plan)


def test_a_planned_meeting_tells_no_outcome() -> None:
    now, later = (
        {row["Id"]: row for row in World(org_slug="meridian-cloud", until=until).rows("Event")}
        for until in (THEN, NOW)
    )
    ahead = [row for row in now.values() if row["ActivityDateTime"] > THEN]
    assert len(ahead) >= 5
    told = [row for row in ahead if row["Description"]]
    assert told
    assert all(row["Description"].startswith(BEGINNINGS) for row in told)
    over = [row for row in now.values() if row["ActivityDateTime"] <= THEN]
    assert not any((row["Description"] or "").startswith(BEGINNINGS) for row in over)
    assert all(row["SystemModstamp"] <= THEN for row in now.values())
    # The sync reads them again: what changes is stamped anew.
    for row in ahead:
        since = later.get(row["Id"])
        if since is None:  # its deal was deleted
            continue
        assert since["SystemModstamp"] == row["ActivityDateTime"] > row["SystemModstamp"]
        assert not (since["Description"] or "").startswith(BEGINNINGS)
    assert all(later[row["Id"]] == row for row in over if row["Id"] in later)
