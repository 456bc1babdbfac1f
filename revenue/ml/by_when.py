"""Curves that go with a model, or with the rates that speak for it, and how true they came."""

from typing import Any

import numpy as np

from revenue.ml.arrays import Floats
from revenue.ml.baselines import Rates
from revenue.ml.choosing import Choice, Window
from revenue.ml.curves import Timing, WhenEnded, fit_past, judge_curves, paced
from revenue.ml.frames import Frame, FrameError
from revenue.ml.hazard import Hazard, fit_hazard, settings_of
from revenue.ml.members import Blend, Member
from revenue.ml.settings import Settings
from revenue.ml.splits import Windows
from revenue.ml.trained import Model

MOST_ROWS = 20_000
FAR_OFF = 0.05
SURE = 2.5  # standard errors, as moments of a deal hang together
NO_WORSE = 0.02  # of the loss of the plain rate, which chance alone may bring


def timing_of(
    window: Window, choice: Choice, model: Model, windows: Windows, settings: Settings, rows: Frame
) -> Timing:
    """Learned before the calibration window, and paced on it."""
    told_by: WhenEnded | None = hazard_in(choice.model)
    if told_by is None:
        told_by = other_hazard(window, choice, settings)
    between = between_days(rows, windows.calibrate_from, windows.test_from, seed=settings.seed)
    if not len(between):
        return Timing(told_by)
    return paced(told_by, between, model.probability(between), until=windows.test_from)


def hazard_in(member: Member) -> Hazard | None:
    members = member.members if isinstance(member, Blend) else (member,)
    return next((one for one in members if isinstance(one, Hazard)), None)


def other_hazard(window: Window, choice: Choice, settings: Settings) -> WhenEnded:
    """Where another kind says "whether", one is learned for "when" alone."""
    said = settings_of(window.every, settings)
    try:
        return fit_hazard(window.every, until=window.end, settings=said, hold=choice.hold)
    except FrameError:
        return fit_past(window.every, until=window.end, weeks=said.weeks, stratum=said.stratum)


def past_of(rows: Frame, until: np.datetime64, settings: Settings) -> Timing | None:
    if not settings.weeks:
        return None
    return Timing(fit_past(rows, until=until, weeks=settings.weeks, stratum=settings.stratum))


def between_days(rows: Frame, start: np.datetime64, end: np.datetime64, *, seed: int) -> Frame:
    inside = np.flatnonzero((rows.as_of >= start) & (rows.as_of < end))
    if len(inside) > MOST_ROWS:
        chosen = np.random.default_rng(seed).choice(inside, MOST_ROWS, replace=False)
        inside = np.sort(chosen)
    return rows.take(inside)


def judged_by_when(
    timing: Timing, speaker: Model | Rates, windows: Windows, rows: Frame, *, seed: int
) -> list[dict[str, Any]]:
    """On all that was open in the test window, whether or not it has ended since."""
    asked = between_days(rows, windows.test_from, windows.until, seed=seed)
    before = rows.take(rows.as_of < windows.test_from)
    if not len(asked) or not len(before):
        return []
    probability: Floats = speaker.probability(asked)
    return judge_curves(
        timing(asked, probability),
        asked,
        until=windows.until,
        before=before,
        before_until=windows.test_from,
    )


def doubts_of_when(judged: list[dict[str, Any]], settings: Settings) -> list[str]:
    found = []
    words = {"won": settings.positive, "lost": settings.negative}
    for one in judged:
        for name, word in words.items():
            part = one[name]
            if abs(part["gap"]) > max(FAR_OFF, SURE * part["gap_error"]):
                found.append(
                    f"By when: {part['said']:.0%} were said to be {word} within"
                    f" {one['weeks']} weeks, {part['came']:.0%} were."
                )
    worse = [
        f"{word} within {one['weeks']} weeks"
        for one in judged
        for name, word in words.items()
        if one[name]["brier"] > one[name]["base"] * (1 + NO_WORSE)
    ]
    if worse:
        found.append(f"By when: no better than the plain rate for {', '.join(worse)}.")
    return found
