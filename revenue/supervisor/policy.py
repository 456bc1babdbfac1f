"""When to start a part again that has ended by itself."""

from dataclasses import dataclass

QUICK_SECONDS = 15.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 60.0
DEATHS_WORTH_TELLING = 4


@dataclass(frozen=True)
class Verdict:
    quick_deaths: int
    pause_seconds: float
    tell_log: bool


def after_death(*, quick_deaths: int, lived_seconds: float) -> Verdict:
    """Who lived long starts anew at once; who keeps dying waits twice as long each time."""
    if lived_seconds >= QUICK_SECONDS:
        return Verdict(quick_deaths=0, pause_seconds=FIRST_PAUSE_SECONDS, tell_log=False)
    deaths = quick_deaths + 1
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(deaths - 1, 20), LONGEST_PAUSE_SECONDS)
    return Verdict(
        quick_deaths=deaths, pause_seconds=pause, tell_log=deaths == DEATHS_WORTH_TELLING
    )
