from hypothesis import given
from hypothesis import strategies as st

from revenue.supervisor.policy import (
    DEATHS_WORTH_TELLING,
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    QUICK_SECONDS,
    after_death,
)


def test_a_part_that_lived_long_starts_again_at_once_and_its_past_is_forgotten() -> None:
    verdict = after_death(quick_deaths=7, lived_seconds=QUICK_SECONDS)
    assert verdict.quick_deaths == 0
    assert verdict.pause_seconds == FIRST_PAUSE_SECONDS
    assert not verdict.tell_log


def test_pauses_double_up_to_a_minute_and_the_log_is_told_once() -> None:
    pauses, told, deaths = [], [], 0
    for _ in range(12):
        verdict = after_death(quick_deaths=deaths, lived_seconds=0.1)
        deaths = verdict.quick_deaths
        pauses.append(verdict.pause_seconds)
        told.append(verdict.tell_log)
    assert pauses[:4] == [0.5, 1, 2, 4]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert told.index(True) == DEATHS_WORTH_TELLING - 1
    assert sum(told) == 1


@given(st.integers(0, 10_000), st.floats(0, 1e6))
def test_a_part_is_never_given_up_and_never_waits_longer_than_promised(
    deaths: int, lived: float
) -> None:
    verdict = after_death(quick_deaths=deaths, lived_seconds=lived)
    assert FIRST_PAUSE_SECONDS <= verdict.pause_seconds <= LONGEST_PAUSE_SECONDS
