"""Causes in words, the largest first: what, where, by how much, since when, and what to ask."""

from dataclasses import asdict
from typing import Any

import numpy as np

from forecasting.diagnosis.causes import Cause, Diagnosis, rows_of
from forecasting.diagnosis.change_point import ChangePoint, change_point
from forecasting.diagnosis.closed import Closed
from forecasting.diagnosis.figures import two_shares
from forecasting.diagnosis.frames import TITLES, Reading, Stretches

MEETS = 21  # days by which a change may lie beside the day on which the stretches meet
CLEAR = 0.01  # of a step's own test, before it is said to be the one

QUESTIONS = {
    "industry": "What do lost deals of {level} say? Ask for the reasons of the last ten.",
    "region": "What changed in {level}: a competitor, a price, a team?",
    "product": "What do customers compare {level} with? Hear two lost calls.",
    "source": "What do leads from {level} expect that they do not find?",
    "size": "Who decides in customers of {level} employees now, and are they met?",
    "kind": "What do {level} deals need that they no longer get?",
    "seller": "What does {level} need: coaching, cover, fewer deals?",
    "team": "What changed in the team of {level}: people, territory, rules?",
    "division": "What changed under {level}: people, territory, rules?",
}
MIX_QUESTION = "Is the shift toward {level} wanted? If so, expect this win rate; if not, turn it."
STEP_QUESTION = "What happens in {step}: who is met, what is sent, where do deals stop?"
ALL_QUESTION = "It is the same everywhere: look at price, product and market before people."


def told(found: Diagnosis, reading: Reading, stretches: Stretches) -> list[dict[str, Any]]:
    return [told_of(one, found, reading, stretches) for one in found.causes]


def slightly(found: Diagnosis) -> list[str]:
    """What is beyond chance and moves next to nothing."""
    return [
        f"{where(one)} ({'another mix' if one.kind == 'mix' else 'another rate'},"
        f" {100 * one.points:+.1f} points)"
        for one in found.slight
    ]


def told_of(one: Cause, found: Diagnosis, reading: Reading, stretches: Stretches) -> dict[str, Any]:
    point = since_when(one, reading)
    step = one.step or main_step(one, reading.steps)
    since = f"{point.day:%B %Y}" if point else ""
    return {
        **asdict(one),
        "levels": [list(pair) for pair in one.levels],
        "where": where(one),
        "words": sentence(one, found, since=since, step=step),
        "question": question(one),
        "since": since,
        "day": point.day.isoformat() if point else "",
        "parts_a_stretch": bool(point and abs((point.day - stretches.turn).days) > MEETS),
        "mostly": step,
        "deals": int((rows_of(one.levels, reading.closed) & reading.closed.now).sum()),
        "direction": "down" if one.points < 0 else "up",
    }


def where(one: Cause) -> str:
    return " in ".join(level for _, level in one.levels) or "All deals"


def sentence(one: Cause, found: Diagnosis, *, since: str, step: str) -> str:
    change = 100 * found.change
    weight = f"{100 * one.points:+.1f} of the {change:+.1f} points, p {p_said(one.p)}"
    if one.kind == "mix":
        ((name, level),) = one.levels
        return (
            f"Mix, not rate: {level} ({TITLES.get(name, name).lower()}) went from"
            f" {one.before:.0%} to {one.now:.0%} of the deals ({weight})"
        )
    way = "fell" if one.now < one.before else "rose"
    said = f"Rate, not mix: {where(one)}"
    if one.step:
        said += f" going on from {one.step}"
    said += f" {way} from {one.before:.0%} to {one.now:.0%} ({weight})"
    if since:
        said += f", from {since} on"
    if step and not one.step:
        said += f", mostly in {step}"
    return said


def p_said(p: float) -> str:
    return "< 0.01" if p < 0.01 else f"= {p:.2f}"


def since_when(one: Cause, reading: Reading) -> ChangePoint | None:
    """By the day of each step: a deal that closed later may have been held back before."""
    if one.kind != "rate":
        return None
    steps = reading.steps
    seen = ~np.isnan(steps.passed) & rows_of(one.levels, steps)[:, None]
    if one.step:
        seen[:, [at for at, step in enumerate(steps.steps) if step != one.step]] = False
    return change_point(reading.days[seen], steps.passed[seen] == 1)


def main_step(one: Cause, closed: Closed) -> str:
    """The step at which most of a fall happened, where one stands out."""
    if one.kind != "rate" or len(closed.steps) < 2:
        return ""
    rows, found = rows_of(one.levels, closed), []
    for place, step in enumerate(closed.steps):
        came, now = closed.passed[:, place], closed.later[:, place]
        sides = [came[rows & (now == later) & ~np.isnan(came)] for later in (False, True)]
        if min(len(side) for side in sides) >= 20:
            found.append((two_shares(*sides), step))
    found.sort()
    if not found or found[0][0] > CLEAR / len(found):
        return ""
    return found[0][1] if len(found) == 1 or found[0][0] < found[1][0] / 10 else ""


def question(one: Cause) -> str:
    if one.kind == "mix":
        return MIX_QUESTION.format(level=one.levels[0][1])
    if one.step:
        return STEP_QUESTION.format(step=one.step)
    if not one.levels:
        return ALL_QUESTION
    name, level = one.levels[-1] if len(one.levels) == 1 else one.levels[0]
    return QUESTIONS.get(name, "What changed for {level}?").format(level=level)
