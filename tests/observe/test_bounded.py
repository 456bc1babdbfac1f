import threading
import time

import pytest

from revenue.observe.bounded import NotInTimeError, start, wait, within


def test_an_answer_in_time_is_handed_over() -> None:
    assert within(1, name="quick", call=lambda: 7) == 7


def test_an_error_reaches_the_asker() -> None:
    with pytest.raises(ZeroDivisionError):
        within(1, name="wrong", call=lambda: 1 // 0)


def test_a_timeout_of_the_thing_itself_is_its_own_error() -> None:
    def times_out() -> None:
        raise TimeoutError("the server closed late")

    with pytest.raises(TimeoutError, match="closed late"):
        within(1, name="late", call=times_out)


def test_a_hanging_look_is_given_up_and_not_started_twice() -> None:
    release, begun = threading.Event(), []

    def hang() -> str:
        begun.append(1)
        release.wait(10)
        return "at last"

    asked = time.monotonic()
    for _ in range(3):
        with pytest.raises(NotInTimeError, match="no answer within"):
            within(0.05, name="hanging", call=hang)
    assert time.monotonic() - asked < 1
    assert len(begun) == 1
    pending = start(name="hanging", call=hang)
    release.set()
    assert wait(pending, seconds=2) == "at last"
    assert within(1, name="hanging", call=lambda: "anew") == "anew"
