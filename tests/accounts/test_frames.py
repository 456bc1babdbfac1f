from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.frames import read_frame
from accounts.history import Relation, opportunities
from revenue.users.wall import Wall, behind
from tests.factories.facts import an_opportunity
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])) | st.none()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, min_size=1))
def test_any_text_comes_as_it_is(rows: list[str | None]) -> None:
    sql = "SELECT said FROM unnest(%(rows)s::text[]) WITH ORDINALITY found (said, n) ORDER BY n"
    frame = read_frame(Relation(sql, {"rows": rows}))
    assert [None if pd.isna(text) else text for text in frame["said"]] == rows


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(-(2**40), 2**40) | st.none(), min_size=1))
def test_any_number_comes_as_it_is(rows: list[int | None]) -> None:
    sql = "SELECT n FROM unnest(%(rows)s::bigint[]) WITH ORDINALITY found (n, o) ORDER BY o"
    frame = read_frame(Relation(sql, {"rows": rows}))
    assert [None if pd.isna(number) else int(number) for number in frame["n"]] == rows


def test_days_moments_money_and_truth_have_their_types() -> None:
    sql = """
        SELECT '2024-02-29'::date AS day, '2024-02-29 23:30:00.25+00'::timestamptz AS moment,
               12.50::numeric AS money, true AS truth, 0.1::float8 AS share, NULL::date AS nothing
    """
    row = read_frame(Relation(sql)).iloc[0]
    assert row["day"].date() == date(2024, 2, 29)
    assert row["moment"] == datetime(2024, 2, 29, 23, 30, 0, 250_000, tzinfo=UTC)
    assert (row["money"], row["share"]) == (12.5, 0.1)
    assert bool(row["truth"]) is True
    assert pd.isna(row["nothing"])


def test_nothing_found_still_has_its_columns() -> None:
    frame = read_frame(Relation("SELECT 1::bigint AS n, 'x'::text AS t WHERE false"))
    assert (list(frame.columns), len(frame)) == (["n", "t"], 0)


def test_deals_as_they_stood_come_as_a_frame() -> None:
    org = OrgFactory()
    deal = an_opportunity(org=org, amount=Decimal("12.50"))
    frame = read_frame(opportunities(org=org, as_of=datetime(2030, 1, 1, tzinfo=UTC)))
    assert frame["external_id"].tolist() == [deal.external_id]
    assert frame["amount"].tolist() == [12.5]


def test_a_frame_stands_behind_the_wall_though_nothing_was_asked_before_it() -> None:
    an_opportunity(org=OrgFactory())
    relation = Relation("SELECT external_id FROM accounts_opportunity")
    with behind(Wall(None)):
        assert len(read_frame(relation)) == 0
    assert len(read_frame(relation)) == 1
