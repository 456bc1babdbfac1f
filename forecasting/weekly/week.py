"""What the week says: sentences, each with a number that opens its page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, Sum
from django.urls import reverse

from accounts.models import Opportunity
from forecasting.diagnosis.frames import Stretches
from forecasting.diagnosis.making import make_diagnosis, usual_stretches
from forecasting.models import (
    DealOutlook,
    Forecast,
    ForecastNode,
    PipelineChange,
    PipelineComparison,
    WinRateDiagnosis,
)
from forecasting.models.rows import same_deal
from forecasting.pipeline.categories import categorised, walk_of
from forecasting.pipeline.comparing import compare
from revenue.periods import Length
from revenue.users.models import Org
from revenue.web.templatetags import web

WEEK = timedelta(days=7)
MOST_CAUSES, MOST_DEALS = 3, 3
STILL_NEW = timedelta(days=6)  # of a diagnosis: it is not made anew within a week
RISKIEST = DealOutlook.Grade.D
MOVES = {"new": "came in", "won": "won", "lost": "lost", "pushed_out": "put off to a later day"}


@dataclass(frozen=True)
class Line:
    number: str
    words: str
    path: str


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[Line, ...]
    missing: str = ""  # what has to be done for lines to be there


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def sections_of(*, org: Org, until: date, at: datetime) -> list[Section]:
    found = diagnosis_for(org, usual_stretches(until, first_month=org.fiscal_month), at=at)
    return [
        win_rate(org, found),
        motion(org, found),
        pipeline(org, until=until, at=at),
        risk(org),
        forecast(org, until=until),
    ]


def diagnosis_for(org: Org, stretches: Stretches, *, at: datetime) -> WinRateDiagnosis:
    recent = WinRateDiagnosis.objects.filter(
        org=org, since=stretches.since, turn=stretches.turn, made_at__gte=at - STILL_NEW
    )
    return recent.order_by("-until").first() or make_diagnosis(org=org, stretches=stretches, at=at)


def win_rate(org: Org, kept: WinRateDiagnosis) -> Section:
    if not kept.found:
        return Section("Win rate", (), kept.problem)
    rate, page = kept.found["rate"], page_of(org, kept)
    first = Line(
        web.percent(rate["now"], 1),
        f"of the deals that closed since {kept.turn:%-d %B %Y} were won,"
        f" {100 * rate['change']:+.1f} points beside the time from {kept.since:%-d %B %Y}",
        page,
    )
    causes = [
        Line(
            f"{100 * one['points']:+.1f} pt",
            one["words"],
            address("why-deals", org, kept.pk, place),
        )
        for place, one in enumerate(kept.found["causes"][:MOST_CAUSES])
    ]
    if not causes:
        causes = [Line("0", "causes stand out from chance", page)]
    return Section("Win rate", (first, *causes))


def motion(org: Org, kept: WinRateDiagnosis) -> Section:
    if not kept.found:
        return Section("Volume, velocity, conversion", (), kept.problem)
    page, figures = page_of(org, kept), kept.found["figures"]
    lines = []
    for one in kept.found["tree"]:
        if one["name"] in {"Volume", "Conversion"} and one.get("now") is not None:
            unit = " %" if one["name"] == "Conversion" else ""
            lines.append(
                Line(f"{one['now']:,.0f}{unit}", f"{one['name']}: {one['said'].rstrip('.')}", page)
            )
    speed = figures["velocity_a_day"]
    if speed["now"] is not None:
        before = "" if speed["before"] is None else f"; {money(speed['before'], org)} before"
        words = "Velocity a day: deals × win rate × average value ÷ days of the cycle" + before
        lines.insert(1, Line(money(speed["now"], org), words, page))
    return Section("Volume, velocity, conversion", tuple(lines), "Too few deals have closed.")


def pipeline(org: Org, *, until: date, at: datetime) -> Section:
    since = until - WEEK
    found = PipelineComparison.objects.filter(org=org, since=since, until=until).first()
    found = found or compare(org=org, since=since, until=until, at=at)
    walk = walk_of(categorised(PipelineChange.objects.filter(comparison=found), window=None))
    days = {"since": since.isoformat(), "until": until.isoformat()}
    page = address("changes-show", org)
    change = (walk.now or 0) - (walk.then or 0)
    lines = [
        Line(
            money(walk.now, org),
            f"are open in {walk.deals_now:,} deals, {signed(change, org)} within the week",
            f"{page}?{urlencode(days)}",
        )
    ]
    for name, happened in MOVES.items():
        part = walk.part(name)
        query = urlencode({**days, "category": name})
        deals = f"{part.deals:,} deal{'' if part.deals == 1 else 's'}"
        lines.append(Line(money(part.amount, org), f"{happened}: {deals}", f"{page}?{query}"))
    return Section("Pipeline of the week", tuple(lines))


def risk(org: Org) -> Section:
    rows = DealOutlook.objects.of(org).filter(
        same_deal_is_open(org),
    )
    if not rows.exists():
        return Section("Deals at risk", (), "No deal has been scored yet.")
    worst = rows.filter(grade=RISKIEST)
    whole = worst.aggregate(deals=Count("pk"), amount=Sum("corporate_amount"))
    page = address("risk-list", org)
    lines = [
        Line(
            money(whole["amount"] or 0, org),
            f"are in {whole['deals']:,} open deals of grade {RISKIEST}",
            f"{page}?{urlencode({'grade': RISKIEST})}",
        )
    ]
    first = rows.filter(risk_value__isnull=False).select_related("opportunity")
    lines += [
        Line(
            money(one.corporate_amount, org),
            f"{one.name}: risk {one.risk:.0f}, {web.percent(one.probability)} likely to be won",
            reverse("accounts:deal-show", args=[org.slug, one.opportunity.pk]),
        )
        for one in first.order_by("-risk_value", "opportunity_ref")[:MOST_DEALS]
    ]
    return Section("Deals at risk", tuple(lines))


def same_deal_is_open(org: Org) -> Any:
    return Exists(
        same_deal(Opportunity.objects.filter(org=org, is_closed=False, deleted_at__isnull=True))
    )


def forecast(org: Org, *, until: date) -> Section:
    quarter = org.quarter_of(until)
    made = Forecast.objects.of(org).filter(length=Length.QUARTER.value, since=quarter.since)
    latest = made.filter(is_latest=True).first()
    total = total_of(latest)
    if latest is None or total is None:
        return Section("Forecast", (), "The quarter has not been forecast yet.")
    earlier = made.filter(as_of__lte=latest.as_of - WEEK + timedelta(hours=12))
    before = total_of(earlier.order_by("-as_of").first())
    words = (
        f"is the middle forecast of the quarter from {quarter.since:%-d %B %Y}; likely between"
        f" {money(total.p10, org)} and {money(total.p90, org)}"
    )
    if before is not None and before.p50 is not None and total.p50 is not None:
        words += f"; {signed(total.p50 - before.p50, org)} within the week"
    page = address("forecast-show", org)
    won = Line(money(total.closed, org), "of it is won", page)
    query = urlencode({"length": "quarter", "since": quarter.since.isoformat()})
    return Section("Forecast", (Line(money(total.p50, org), words, f"{page}?{query}"), won))


def total_of(made: Forecast | None) -> ForecastNode | None:
    if made is None:
        return None
    return ForecastNode.objects.filter(forecast=made, key="", is_total=True).first()


def page_of(org: Org, kept: WinRateDiagnosis) -> str:
    days = {name: getattr(kept, name).isoformat() for name in ("since", "turn", "until")}
    return f"{address('why-show', org)}?{urlencode(days)}"


def address(name: str, org: Org, *arguments: Any) -> str:
    return reverse(f"forecasting:{name}", args=[org.slug, *arguments])


def money(value: Any, org: Org) -> str:
    return web.compact_money(value, org.currency)


def signed(value: Any, org: Org) -> str:
    said = money(value, org)
    return f"+{said}" if value > 0 else said
