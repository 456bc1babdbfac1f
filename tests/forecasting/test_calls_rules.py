"""Amounts as they are typed, when a week is locked, and what a team says: rules by themselves."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.about.hierarchy import Node, Tree
from forecasting.calls.amounts import MOST, AmountError, read_amount
from forecasting.calls.locking import Policy, lock_at, lock_of_week, monday_of
from forecasting.calls.making import left_of, told
from forecasting.calls.rolling import Rolled, rolled_up

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata"),
    *("Australia/Lord_Howe", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "America/St_Johns"),
)
zones = st.sampled_from(ZONES)
policies = st.builds(
    Policy, locks=st.just(True), weekday=st.integers(0, 6), hour=st.integers(0, 23)
)
moments = st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.2m", "1200000"),
        ("1.2 M", "1200000"),
        ("1,2m", "1200000"),
        ("450k", "450000"),
        ("$450K", "450000"),
        ("1,200,000", "1200000"),
        ("1.200.000", "1200000"),
        ("1 200 000", "1200000"),
        ("1'200'000.50", "1200000.50"),
        ("1.200.000,50", "1200000.50"),
        ("1,200", "1200"),
        ("USD 12", "12"),
        ("12 usd", "12"),
        ("€12", "12"),
        ("2 bn", "2000000000"),
        ("1.5 million", "1500000"),
        (".5m", "500000"),
        ("0", "0"),
        ("0.005", "thousand?"),
        ("1.200", "thousand?"),
        ("1e6", ""),
        ("-5", ""),
        ("", ""),
        ("nan", ""),
        ("12m3", ""),
        ("1,2,3", ""),
        ("12,34,567", ""),
        ("1.2.3m", ""),
        ("١٢", ""),
        ("2000b", ""),
        ("9" * 59, ""),
        ("k", ""),
    ],
)
def test_an_amount_is_read_as_people_type_it(text: str, amount: str) -> None:
    if amount in ("", "thousand?"):
        with pytest.raises(AmountError, match="thousand times" if amount else "Write an amount"):
            read_amount(text, currency="USD")
    else:
        assert read_amount(text, currency="USD") == Decimal(amount)


@given(st.decimals(0, MOST, places=2))
def test_what_is_written_out_is_read_as_the_same(amount: Decimal) -> None:
    assert read_amount(f"{amount:,.2f}") == amount
    assert read_amount(f"{amount:.2f}") == amount
    european = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert read_amount(european) == amount


@given(st.text(max_size=70))
def test_any_text_is_an_amount_within_bounds_or_refused(text: str) -> None:
    try:
        found = read_amount(text, currency="EUR")
    except AmountError:
        return
    assert 0 <= found <= MOST


@given(policies, zones, moments)
def test_every_moment_lies_in_the_week_whose_lock_is_asked(
    policy: Policy, zone: str, at: datetime
) -> None:
    lock = lock_at(policy, zone=zone, at=at)
    before = lock_of_week(policy, zone=zone, monday=lock.monday - timedelta(days=7))
    assert before.until <= at < lock.until
    assert before.until <= lock.since < lock.until
    assert not before.holds(at)
    assert not lock.holds(lock.until)
    assert lock.holds(lock.since)
    assert not lock.holds(lock.since - timedelta(seconds=1))


@given(policies, zones, moments)
def test_it_is_locked_exactly_when_the_clock_on_the_wall_says_so(
    policy: Policy, zone: str, at: datetime
) -> None:
    here = at.astimezone(ZoneInfo(zone))
    clear = timedelta(hours=3)
    if any((at + way).astimezone(ZoneInfo(zone)).utcoffset() != here.utcoffset()
           for way in (-clear, clear)):  # fmt: skip
        return  # while the clock is turned, the wall says an hour twice or not at all
    is_after = (here.weekday(), here.hour) >= (policy.weekday, policy.hour)
    assert lock_at(policy, zone=zone, at=at).holds(at) == is_after


def test_where_the_clock_is_turned_it_locks_once() -> None:
    sunday = Policy(locks=True, weekday=6, hour=2)
    spring = lock_of_week(sunday, zone="Europe/Berlin", monday=date(2026, 3, 23))
    assert spring.since == datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 does not come
    autumn = lock_of_week(sunday, zone="Europe/Berlin", monday=date(2026, 10, 19))
    assert autumn.since == datetime(2026, 10, 25, 0, tzinfo=UTC)  # the first of the two
    assert autumn.until == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_who_does_not_lock_never_is_locked() -> None:
    at = datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert not lock_at(Policy(), zone="UTC", at=at).holds(at)
    lock = lock_of_week(Policy(), zone="UTC", monday=date(2026, 11, 16))
    assert lock.closes == datetime(2026, 11, 23, tzinfo=UTC)


def test_words_say_until_when() -> None:
    lock = lock_of_week(Policy(locks=True), zone="America/New_York", monday=date(2026, 11, 16))
    assert "until Monday 23 November, 00:00 (EST)" in told(lock, zone="America/New_York")
    assert left_of(lock.until, at=lock.until - timedelta(days=2, hours=3)) == "2 days 3 hours"
    assert left_of(lock.until, at=lock.until - timedelta(minutes=1)) == "1 minute"
    assert left_of(lock.until, at=lock.until) == "less than a minute"
    assert monday_of(date(2026, 11, 22)) == date(2026, 11, 16)
    assert datetime.combine(lock.monday, time(), tzinfo=UTC) < lock.since


@st.composite
def teams(draw: st.DrawFn) -> tuple[Tree, dict[str, Decimal], set[str]]:
    """A tree in which each hangs on an earlier one, or on none."""
    size = draw(st.integers(1, 20))
    nodes = {}
    for place in range(size):
        above = draw(st.none() | st.integers(0, place - 1)) if place else None
        parent = None if above is None else f"n{above}"
        nodes[f"n{place}"] = Node(f"n{place}", f"N{place}", parent)
    keys = st.sampled_from(sorted(nodes))
    amounts = st.decimals(0, 10**9, places=2)
    return Tree(nodes), draw(st.dictionaries(keys, amounts)), draw(st.sets(keys))


@given(teams())
def test_a_team_says_what_the_highest_calls_below_it_sum_to(
    drawn: tuple[Tree, dict[str, Decimal], set[str]],
) -> None:
    tree, stated, sells = drawn
    found = rolled_up(tree, stated, sells=sells)
    assert found.keys() == tree.nodes.keys()
    for node in tree.nodes.values():
        below = list(tree.below(node))
        highest, covered = [], set()
        for one in below:
            line = tree.path(one)
            line = line[line.index(node) :]
            first = next((each.key for each in line if each.key in stated), None)
            if first is not None:
                covered.add(one.key)
            if first == one.key:
                highest.append(stated[one.key])
        rolled = found[node.key]
        assert rolled.amount == (sum(highest, Decimal()) if highest else None)
        assert rolled.asked == len(sells & {one.key for one in below})
        assert rolled.said == len(sells & covered)
        assert rolled.is_own == (node.key in stated)
        assert rolled.said <= rolled.asked


def test_own_number_of_a_manager_stands_for_all_below() -> None:
    tree = Tree({"m": Node("m", "M"), "a": Node("a", "A", "m"), "b": Node("b", "B", "m")})
    sells = {"a", "b"}
    said = {"a": Decimal(10)}
    assert rolled_up(tree, said, sells=sells)["m"] == Rolled(Decimal(10), 1, 2)
    assert rolled_up(tree, said, sells=sells)["m"].is_partial
    said["m"] = Decimal(50)
    assert rolled_up(tree, said, sells=sells)["m"] == Rolled(Decimal(50), 2, 2, is_own=True)
    assert rolled_up(tree, {}, sells=sells)["m"] == Rolled(None, 0, 2)
