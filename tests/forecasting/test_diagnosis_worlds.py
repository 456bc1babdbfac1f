"""Simulated companies: what is planted in them comes first; they are read as the CRM tells them."""

from datetime import UTC, datetime, time

import numpy as np
import pytest

from accounts.connectors.demo.world import World
from benchmarks.diagnosing import campaign, diagnosed
from benchmarks.planted_worlds import a_setting, meeting_at_the_plant, read_world
from forecasting.diagnosis.frames import FOLLOWS, Stretches
from forecasting.diagnosis.telling import told

# Not among those that a figure in docs/why.md rests on.
FIRST = 900


@pytest.mark.timeout(900)
def test_the_cause_planted_in_a_company_comes_first() -> None:
    found = campaign(5, first=FIRST)
    assert found["first_by_cause"] == {
        "segment_rate": "1 of 1",
        "mix_shift": "1 of 1",
        "seller_group": "1 of 1",
        "stage_conversion": "1 of 1",
    }
    assert found["false_alarms"] == "0 of 1"


def test_a_company_is_read_as_its_crm_tells_it() -> None:
    setting = a_setting(FIRST, scale="small")
    stretches = meeting_at_the_plant(setting)
    world = World(
        org_slug=setting.org_slug, scale=setting.scale, seed=setting.seed,
        until=datetime.combine(stretches.until, time(), tzinfo=UTC), began=setting.began,
        plant=setting.plant,
    )  # fmt: skip
    rows = [
        row
        for row in world.rows("Opportunity")
        if row["IsClosed"]
        and stretches.since.isoformat() <= str(row["CloseDate"]) < stretches.until.isoformat()
    ]
    reading = read_world(setting).reading
    assert len(rows) == len(reading.deals) > 200
    for mine, theirs in (("is_won", "IsWon"), ("source", "LeadSource"), ("kind", "Type")):
        assert sorted(reading.deals[mine]) == sorted(row[theirs] for row in rows), mine
    assert np.isclose(
        reading.deals["value"].clip(lower=0).sum(),
        sum(float(row["Amount"] or 0) for row in rows),
    )
    assert reading.closed.won.sum() == sum(bool(row["IsWon"]) for row in rows)


def test_a_step_stands_in_the_stretch_of_its_own_day() -> None:
    """A deal that closed now may have passed its first stages before."""
    reading = read_world(a_setting(FIRST, scale="small")).reading
    steps, turn = reading.steps, np.datetime64(meeting_at_the_plant(a_setting(FIRST)).turn)
    seen = ~np.isnan(steps.passed)
    assert (steps.later[seen] == (reading.days[seen] >= turn)).all()
    both = (steps.later & seen).any(axis=1) & (~steps.later & seen).any(axis=1)
    assert both.sum() > 20
    is_open = seen.any(axis=1) & ~(steps.passed == 0).any(axis=1) & ~steps.won
    assert is_open.sum() > 20
    lost = (steps.passed == 0).sum(axis=1)
    assert set(np.unique(lost)) <= {0, 1}


def test_a_change_within_a_stretch_is_dated_and_said() -> None:
    setting = a_setting(107)  # a group of sellers
    meeting = meeting_at_the_plant(setting)
    moved = Stretches(meeting.since, meeting.turn.replace(month=7), meeting.until.replace(month=11))
    org = read_world(setting, stretches=moved, parts=1)
    first = told(diagnosed(org), org.reading.without(FOLLOWS), moved)[0]
    assert first["levels"] == [["region", "South"]]
    assert first["parts_a_stretch"]
    assert abs((datetime.fromisoformat(first["day"]).date() - meeting.turn).days) <= 21
    met = read_world(setting, parts=1)
    first = told(diagnosed(met), met.reading.without(FOLLOWS), meeting)[0]
    assert not first["parts_a_stretch"]
