"""Quarters of a deal's features are those of the org's own fiscal year."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecasting.deals.dataset import dataset, open_deals
from forecasting.deals.running import month_in_quarter, quarter_ends
from revenue.ml.frames import Frame
from revenue.periods import Period
from tests.factories import facts
from tests.factories.people import OrgFactory
from tests.forecasting.worlds import BEGAN, a_pipeline

START = datetime(2025, 1, 6, 10, tzinfo=UTC)
QUARTERLY = ["month_of_quarter", "days_to_quarter_end", "calendar_chance"]


def first_row(frame: Frame) -> "pd.Series[Any]":
    found: pd.Series[Any] = frame.values.iloc[int(np.argmin(frame.as_of))]
    return found


@pytest.mark.parametrize("first_month", range(1, 13))
def test_quarters_end_where_those_of_the_org_do(first_month: int) -> None:
    days = [date(2026, month, 3) for month in range(1, 13)]
    months = np.array([(day.year - 1970) * 12 + day.month - 1 for day in days])
    quarters = [Period.of(day, first_month=first_month) for day in days]
    assert quarter_ends(months, first_month=first_month).tolist() == [q.until for q in quarters]
    nth = [(day.month - q.since.month) % 12 + 1 for day, q in zip(days, quarters, strict=True)]
    assert month_in_quarter(months, first_month=first_month).tolist() == nth


@pytest.mark.django_db
def test_a_deal_stands_in_the_quarter_of_its_org() -> None:
    org = OrgFactory(fiscal_month=2)
    made = facts.an_opportunity(org=org, created_at=START, close_date=date(2025, 2, 15))
    facts.a_stage_change(
        org=org,
        opportunity_ref=made.external_id,
        changed_at=START,
        close_date=date(2025, 2, 15),
    )
    # On 6 January: the last month of a quarter; due in the first of the next.
    first = first_row(open_deals(org=org, as_of=START))
    assert (first["month_of_quarter"], first["close_month_of_quarter"]) == ("3", "1")
    assert (first["days_to_quarter_end"], first["month_of_year"]) == (26, "1")
    # A model that learned another calendar goes on with it.
    as_learned = first_row(open_deals(org=org, as_of=START, first_month=1))
    assert (as_learned["month_of_quarter"], as_learned["days_to_quarter_end"]) == ("1", 85)


@pytest.mark.django_db
def test_a_year_that_begins_with_a_calendar_quarter_is_learned_from_as_before() -> None:
    org = OrgFactory()
    as_of = BEGAN + timedelta(days=120)
    a_pipeline(org, deals=40, until=as_of)
    before = dataset(org=org, as_of=as_of).frame.values
    for month in (4, 7, 10):
        pd.testing.assert_frame_equal(
            before, dataset(org=org, as_of=as_of, first_month=month).frame.values
        )
    other = dataset(org=org, as_of=as_of, first_month=3).frame.values
    # Months three apart share a cell of the calendar's chance, whichever of them comes first.
    assert [before[name].equals(other[name]) for name in QUARTERLY] == [False, False, True]
