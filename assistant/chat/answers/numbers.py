"""Answers about the number: what a period will bring, and how it stands beside quota."""

from typing import Any

from django.urls import reverse

from assistant.chat.answer import Answer
from assistant.chat.resolving import Ask, UnknownError
from forecasting.quarter_pages.asked import Asked, asked_of
from forecasting.quarter_pages.overview import Overview
from forecasting.quarter_pages.seen import Seen, latest_of, name_of, nodes_seen_by, whole_of
from forecasting.quota.panel import QuotaPanel, quota_panel
from revenue.web.templatetags import web

OF_QUOTA = ("Who", "Quota", "Closed", "Attained")
NO_FORECAST = (
    "{period} has not been forecast yet. A manager or an executive starts it on the page of the"
    " forecast; it takes a minute or two."
)


def asked_for(ask: Ask) -> Asked:
    """The period as the page takes it: a month, a quarter or a year of the org's own calendar."""
    data = {"team": ask.team.key if ask.team else ask.owners[0][0] if ask.owners else ""}
    if ask.period is not None:
        data["since"] = ask.period.since.isoformat()
        if ask.period.period is None:
            ask.notes.append(
                f"A forecast is of a month, quarter or year, not of {ask.period.label}."
            )
        else:
            data["length"] = ask.period.period.length.value
    return asked_of(data, today=ask.today, first_month=ask.org.fiscal_month)


def forecast(ask: Ask) -> Answer:
    answer = Answer(title="Forecast")
    asked = asked_for(ask)
    path = reverse("forecasting:forecast-show", args=[ask.org.slug])
    answer.link("Forecast", f"{path}?{asked.query()}")
    found = latest_of(ask.org, asked)
    if found is None:
        answer.text = NO_FORECAST.format(period=asked.period.label)
        return answer
    seen = nodes_seen_by(ask.reader, forecast=found)
    node = node_of(ask, seen, asked)
    if node is None:
        return of_several(ask, answer, seen, asked)
    overview = Overview(ask.reader, asked, found, seen, whole_of(node))
    whose = f"{overview.name}: " if asked.team or overview.name != ask.org.name else ""
    answer.text = f"{whose}**{overview.headline}.**"
    for tile in overview.tiles:
        answer.figure(
            tile["label"], tile["value"], hint=tile["hint"], href=address(tile["href"], answer)
        )
    answer.chart(overview.charts[0])
    below = [(line.name, line.url or line.deals_url, line) for line in overview.lines]
    answer.table(
        "Who it comes from",
        ("Who", "P10", "P50", "P90", "Closed"),
        [
            ((name, url), *(said(line, each, ask) for each in ("p10", "p50", "p90", "closed")))
            for name, url, line in below[:8]
        ],
    )
    bridge = reverse("forecasting:forecast-bridge", args=[ask.org.slug])
    answer.link("What moved it", bridge)
    answer.suggestions = [
        "And next quarter?",
        "Are we going to hit quota?",
        "Which deals are at risk?",
    ]
    return answer


def address(href: str, answer: Answer) -> str:
    """A place on the page itself is named by the page."""
    return f"{answer.links[0]['url']}{href}" if href.startswith("#") else href


def said(line: Any, name: str, ask: Ask) -> str:
    return web.compact_money(line.amounts.get(name), ask.currency)


def node_of(ask: Ask, seen: Seen, asked: Asked) -> Any | None:
    node = seen.at(asked.team)
    if node is None and asked.team:
        raise UnknownError(
            f"{ask.said('team') or ask.said('owner')} does not stand in the forecast of"
            f" {asked.period.label}."
        )
    return node


def of_several(ask: Ask, answer: Answer, seen: Seen, asked: Asked) -> Answer:
    path = reverse("forecasting:forecast-show", args=[ask.org.slug])
    if not seen.tops:
        answer.text = f"No deal of yours is in the forecast of {asked.period.label}."
        return answer
    answer.text = f"{asked.period.label}, of each of those whom you see:"
    answer.table(
        "Forecast",
        ("Who", "P10", "P50", "P90", "Closed"),
        [
            (
                (name_of(node, org=ask.org), f"{path}?{asked.query(team=node.key)}"),
                *(
                    web.compact_money(value, ask.currency)
                    for value in (node.p10, node.p50, node.p90, node.closed)
                ),
            )
            for node in seen.tops[:12]
        ],
    )
    return answer


def quota(ask: Ask) -> Answer:
    answer = Answer(title="Quota")
    asked = asked_for(ask)
    path = reverse("forecasting:forecast-show", args=[ask.org.slug])
    answer.link("Number beside quota", f"{path}?{asked.query()}")
    found = latest_of(ask.org, asked)
    if found is None:
        answer.text = NO_FORECAST.format(period=asked.period.label)
        return answer
    seen = nodes_seen_by(ask.reader, forecast=found)
    node = node_of(ask, seen, asked)
    nodes = [whole_of(one) for one in ([node] if node is not None else seen.tops[:12])]
    if not nodes:
        answer.text = f"No quota of yours to see is known for {asked.period.label}."
        return answer
    panels = quota_panel(ask.org, asked.period, nodes, today=asked.today)
    if len(panels) == 1:
        below = [whole_of(one) for one in seen.below(nodes[0])[:12]]
        answer = of_panel(ask, answer, panels[0], p50=nodes[0].p50)
        if below:
            under = quota_panel(ask.org, asked.period, below, today=asked.today)
            answer.table("Who it comes from", OF_QUOTA, [line_of(ask, one) for one in under])
        return answer
    answer.text = f"{asked.period.label}, of each of those whom you see:"
    answer.table("Quota", OF_QUOTA, [line_of(ask, one) for one in panels])
    return answer


def of_panel(ask: Ask, answer: Answer, panel: QuotaPanel, *, p50: Any) -> Answer:
    answer.notes += panel.missing
    standing, currency = panel.standing, ask.currency
    if not panel.has_quota:
        answer.text = f"{panel.name} has no quota for {panel.period.label} in the CRM."
        return answer
    attained = web.percent(standing.attainment)
    closed, of_all = (web.money(each, currency) for each in (standing.closed, standing.quota))
    answer.text = (
        f"{panel.name}: **{attained}** of quota, {closed} of {of_all} in {panel.period.label}."
    )
    if not panel.is_over and p50 is not None and standing.quota:
        answer.text += (
            f" The forecast (P50) ends at {web.money(p50, currency)},"
            f" {web.percent(p50 / standing.quota)} of quota."
        )
    answer.figure("Attained", attained, hint=f"{closed} of {of_all}")
    gap = standing.gap or 0
    answer.figure("To go" if gap > 0 else "Above", web.compact_money(abs(gap), currency))
    if standing.coverage is not None:
        answer.figure("Coverage", panel.covered, hint=panel.coverage_said)
    if panel.needed.amount is not None and not panel.is_over:
        needed = web.compact_money(panel.needed.amount, currency)
        answer.figure("Pipeline needed", needed, hint=panel.short_said)
    if panel.pacing:
        answer.text += f" {panel.pacing}"
    answer.suggestions = [
        "What's the forecast?",
        "Top deals to close this quarter",
        "And last quarter?",
    ]
    return answer


def line_of(ask: Ask, panel: QuotaPanel) -> tuple[str, ...]:
    standing = panel.standing
    return (
        panel.name,
        web.compact_money(standing.quota, ask.currency),
        web.compact_money(standing.closed, ask.currency),
        web.percent(standing.attainment) if standing.attainment is not None else web.BLANK,
    )
