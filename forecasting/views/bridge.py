"""What moved the forecast between two moments, and the deals behind it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.asking import admins_of
from forecasting.bridge.making import found_bridge
from forecasting.bridge.page import Moved, Pair, deals_of, moments, node_of, pair_of
from forecasting.models import ForecastBridge
from forecasting.quarter_pages.asked import Asked, asked_by
from forecasting.quarter_pages.seen import Seen, name_of, nodes_seen_by
from forecasting.quarter_pages.tabs import tabs_of
from forecasting.tables.bridge import bridge_table
from forecasting.tasks import bridge_forecasts, start_bridging
from forecasting.views.forecast import crumbs_of, node_asked, readers
from revenue.jobs.models import Job
from revenue.users.access import OrgRequest
from revenue.users.models import Org
from revenue.web.rendering import render_page

PAGE = "forecast-bridge"
BAR = "bridging"
OTHERS = (
    "People whom you do not see were, or are, part of this number: how it moved as a whole is not"
    " shown to you."
)


@readers
@require_safe
def forecast_bridge(request: OrgRequest, org_slug: str) -> HttpResponse:
    asked = asked_by(request)
    pair = pair_of(request.org, asked, request.GET)
    job = bridging_job(request.org, pair)
    if request.htmx and request.htmx.target == BAR and job is None:
        return HttpResponseClientRefresh()
    context: dict[str, Any] = {
        "asked": asked,
        "pair": pair,
        "job": job,
        "tabs": tabs_of(request, active=PAGE, asked=asked),
        "lengths": asked.lengths(request.path),
        "steps": asked.steps(request.path),
        "poll_url": address_of(request.path, asked, pair),
        "admins": admins_of(request.org),
    }
    partial: list[str] = [BAR]
    push_url = ""
    if pair.before is not None and pair.after is not None:
        context["days"] = moments(pair)
        bridge = found_bridge(pair.before, pair.after)
        context["bridge"] = bridge
        seen = nodes_seen_by(request.membership, forecast=pair.after)
        context |= shown(request, asked, pair, seen, bridge)
        if table := context.get("table"):
            partial.append(table.id)
            push_url = table.url
    return render_page(
        request, "forecasting/bridge.html", context, partial=partial, push_url=push_url
    )


def shown(
    request: OrgRequest, asked: Asked, pair: Pair, seen: Seen, bridge: ForecastBridge | None
) -> dict[str, Any]:
    """Where several stand beside each other, a list of them: no number is theirs together."""
    node = node_asked(seen, asked)
    crumbs = [
        (text, with_pair(url, pair) if url else "")
        for text, url in crumbs_of(request, seen, node, asked=asked)
    ]
    below = [one for one in (seen.below(node) if node else seen.tops) if one != node]
    found: dict[str, Any] = {
        "crumbs": [
            (text, url.replace("/forecast/?", "/forecast/bridge/?")) for text, url in crumbs
        ],
        "name": name_of(node, org=request.org) if node is not None and node.key else "",
    }
    if bridge is None:
        return found
    currency = request.org.currency
    keys = [one.key for one in below if one.is_total]
    rows = node_of(request.membership, bridge, [*keys, *([node.key] if node else [])])
    lines = [
        (Moved(rows[one.key], pair, name_of(one, org=request.org), currency), one.key)
        for one in below
        if one.is_total and one.key in rows
    ]
    found["below"] = [
        {"moved": moved, "url": with_pair(f"{request.path}?{asked.query(team=key)}", pair)}
        for moved, key in lines
    ]
    if node is None:
        return found
    if node.key not in rows:
        return found | {"others": OTHERS}
    moved = Moved(rows[node.key], pair, name_of(node, org=request.org), currency)

    def address(step: str) -> str:
        cut = f"&step={step}" if step else ""
        return f"{address_of(request.path, asked, pair)}{cut}#bridge-deals"

    table = bridge_table(reader=request.membership).bind(
        request.GET, queryset=deals_of(request.membership, moved.node), path=request.path
    )
    return found | {
        "moved": moved,
        "chart": moved.chart(moments(pair), address),
        "lines": [
            {"line": line, "url": address(line.kind.name) if line.deals else ""}
            for line in moved.lines
        ],
        "table": table,
    }


def address_of(path: str, asked: Asked, pair: Pair) -> str:
    return with_pair(f"{path}?{asked.query()}", pair)


def with_pair(url: str, pair: Pair) -> str:
    return "&".join([url, *(f"{name}={said}" for name, said in pair.query.items())])


def bridging_job(org: Org, pair: Pair) -> Job | None:
    jobs = Job.objects.filter(org=org, task=bridge_forecasts.name).unfinished()
    wanted = {name: int(said) for name, said in pair.query.items()}
    return next((job for job in jobs if wanted and job.arguments == wanted), None)


@readers
@require_POST
def bridge_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    """Nothing is made twice: what is there, and no older than its two forecasts, is shown."""
    asked = asked_by(request, request.POST)
    pair = pair_of(request.org, asked, request.POST)
    if pair.problem:
        messages.error(request, pair.problem)
    elif pair.before is None or pair.after is None:
        messages.error(request, "There are no two forecasts of this period yet.")
    elif found_bridge(pair.before, pair.after) is None:
        start_bridging(before=pair.before, after=pair.after, by=request.user, request=request)
    url = reverse(f"forecasting:{PAGE}", args=[org_slug])
    return redirect(address_of(url, asked, pair))
