"""The panels of a deal's page, in the order of reading; one without contents is not shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from forecasting.deal_page import acted, head, history, moves, reasons, risk, similar, weeks
from forecasting.deal_page.ended import ended_of
from forecasting.deal_page.look import TASK, Look
from forecasting.deal_page.noted import notes_of
from forecasting.deal_page.warned import warnings_of
from revenue.ml.models import ModelRun

Contents = dict[str, Any] | None


@dataclass(frozen=True)
class Part:
    id: str
    title: str
    contents: Callable[[Look], Contents]

    @property
    def template(self) -> str:
        return f"forecasting/{self.id.replace('-', '_')}.html"


def outlook(look: Look) -> Contents:
    points = history.said_over_time(look)
    marks = history.marks_of(look.versions, currency=look.deal.currency or look.currency)
    ended = None
    if look.deal.is_closed:
        deal = look.deal
        ended = ended_of(points, is_won=deal.is_won, close_date=deal.close_date)
        if ended is None:
            return None
    found: dict[str, Any] = {
        "ended": ended,
        "history": history.chart_of(points, marks=marks, ended=ended.outcome if ended else ""),
        "run": look.run,
        "ready_kind": head.readiness_kind(look.run) if look.run else "",
        "may_see_models": look.may_see_models,
        "scored_at": look.outlook.as_of if look.outlook else points[-1].at if points else None,
    }
    if look.outlook is not None:
        found |= {"head": head.head_of(look.outlook), "warnings": warnings_of(look)}
    elif ended is None:
        live = ModelRun.objects.for_pages().of_org(look.org).live().filter(task=TASK)
        found["waiting"] = head.when_scored(has_model=live.exists())
    return found


def why(look: Look) -> Contents:
    if look.score is None:
        return None
    if not look.is_by_model:
        rate = look.analysis.steps.get("rate", {}) if look.analysis else {}
        return {"by_rates": True, "rate_words": rate.get("words", "")}
    if look.analysis is None or not look.analysis.steps:
        return None
    steps = look.analysis.steps
    return {"chart": reasons.chart_of(steps), "reasons": reasons.reasons_of(steps)}


def every_reason(look: Look) -> Contents:
    if look.score is None or not look.is_by_model or look.run is None:
        return None
    values = look.analysis.values if look.analysis else {}
    told = reasons.all_reasons(look.score.contributions, features=look.run.features, values=values)
    return {"reasons": told, "base": look.score.base}


def reach(look: Look) -> Contents:
    if look.deal.is_closed or look.analysis is None or not look.is_by_model:
        return None
    found = moves.moves_of(look.analysis.moves)
    return {"moves": found} if found else None


def timing(look: Look) -> Contents:
    score = look.score
    if look.deal.is_closed or score is None:
        return None
    chart = weeks.chart_of(
        won_by=score.won_by,
        lost_by=score.lost_by,
        as_of=score.as_of,
        close_date=look.deal.close_date,
    )
    return {"chart": chart} if chart else None


def opened(look: Look) -> Contents:
    if look.outlook is None:
        return None
    health = risk.health_of(look.outlook)
    return {"risk": risk.risk_of(look.outlook), "health": health, "outlook": look.outlook}


def alike(look: Look) -> Contents:
    if look.analysis is None or look.deal.is_closed:
        return None
    return similar.similar_to(look)


def acting(look: Look) -> Contents:
    return acted.actions_of(look)


def notes(look: Look) -> Contents:
    return notes_of(look)


PARTS: Mapping[str, Part] = {
    part.id: part
    for part in (
        Part("deal-outlook", "How likely it is to be won", outlook),
        Part("deal-actions", "What to do", acting),
        Part("deal-reasons", "Why this chance", why),
        Part("deal-moves", "What would move it", reach),
        Part("deal-weeks", "When it may close", timing),
        Part("deal-risk", "The risk score", opened),
        Part("deal-similar", "Similar deals", alike),
        Part("deal-notes", "Notes", notes),
    )
}
EVERY_REASON = Part("deal-every-reason", "Every reason", every_reason)
