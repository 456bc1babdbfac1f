"""What a period is likely to bring: the number, how it came about, and the deals behind it."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.about.choices import owners_seen_by, values_of
from accounts.asking import admins_of
from forecasting.models import Forecast, ForecastDeal
from forecasting.quarter_pages.asked import Asked, asked_by
from forecasting.quarter_pages.beside import calls_seen_by, columns_for, sort_of, sorted_lines
from forecasting.quarter_pages.deals import deals_of, deals_table
from forecasting.quarter_pages.overview import Overview, line_of
from forecasting.quarter_pages.seen import Seen, latest_of, name_of, nodes_seen_by, whole_of
from forecasting.quarter_pages.tabs import tabs_of
from forecasting.quota.panel import quota_panel
from forecasting.tasks import forecast_org, start_forecasting
from revenue.jobs.models import Job
from revenue.users.access import OrgRequest, for_roles
from revenue.users.exports import export_answer
from revenue.users.models import Org
from revenue.users.roles import Role
from revenue.web.rendering import render_page
from revenue.web.tables import BoundTable

PAGE, DEALS = "forecast-show", "forecast-deals"
BAR = "foreseeing"
STARTERS = (Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
readers = for_roles(Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)


@readers
@require_safe
def forecast_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    job = forecasting_job(request.org)
    if request.htmx and request.htmx.target == BAR and job is None:
        return HttpResponseClientRefresh()
    asked = asked_by(request)
    forecast = latest_of(request.org, asked)
    context: dict[str, Any] = {
        "asked": asked,
        "forecast": forecast,
        "job": job,
        "may_start": request.membership.role in STARTERS,
        "tabs": tabs_of(request, active=PAGE, asked=asked),
        "lengths": asked.lengths(request.path),
        "steps": asked.steps(request.path),
        "poll_url": f"{request.path}?{asked.query()}",
        "admins": admins_of(request.org),
    }
    if forecast is not None:
        context |= shown(request, asked, forecast)
    return render_page(request, "forecasting/forecast.html", context, partial=BAR)


def shown(request: OrgRequest, asked: Asked, forecast: Forecast) -> dict[str, Any]:
    """Of one node; where several stand beside each other, a list of them without a total."""
    reader = request.membership
    seen = nodes_seen_by(reader, forecast=forecast)
    node = node_asked(seen, asked)
    sort = sort_of(request.GET.get("sort", ""))
    found: dict[str, Any] = {
        "is_behind": is_behind(forecast, org=request.org),
        "crumbs": crumbs_of(request, seen, node, asked=asked),
        "sort": sort,
    }
    if node is None:
        calls = calls_seen_by(reader, period=asked.period, forecast=forecast)
        lines = [line_of(reader, asked, one, calls=calls) for one in seen.tops]
        lines, whole = sorted_lines(lines, spec=sort), None
    else:
        node = whole_of(node)
        [quota] = quota_panel(request.org, asked.period, [node], today=asked.today)
        overview = Overview(reader, asked, forecast, seen, node, sort, quota.standing.quota)
        lines, whole = overview.lines, overview.whole
        found |= {"overview": overview, "quota": quota}
    columns = columns_for([*lines, *([whole] if whole else [])])
    return found | {
        "lines": [{"line": line, "cells": line.cells(columns)} for line in lines],
        "total": whole.cells(columns) if whole else [],
        "heads": [
            head(name, label, sort=sort, asked=asked) for name, label in [("name", "Who"), *columns]
        ],
    }


def head(name: str, label: str, *, sort: str, asked: Asked) -> dict[str, str]:
    """A column's own order is the largest first, but of names."""
    turned = f"-{name}" if name != "name" else name
    is_turned = sort == turned
    other = turned.removeprefix("-") if name != "name" else "-name"
    direction = "descending" if sort.startswith("-") else "ascending"
    return {
        "name": name,
        "label": label,
        "url": f"?{asked.query(sort=other if is_turned else turned)}#below",
        "direction": direction if sort.removeprefix("-") == name else "",
    }


def node_asked(seen: Seen, asked: Asked) -> Any | None:
    node = seen.at(asked.team)
    if node is None and asked.team:
        raise Http404("Nobody of that name stands in this forecast.")
    return node


def crumbs_of(
    request: OrgRequest, seen: Seen, node: Any | None, *, asked: Asked
) -> list[tuple[str, str]]:
    """Down to the node that is shown; nothing where the reader has no other."""
    path = reverse(f"forecasting:{PAGE}", args=[request.org.slug])
    line = seen.path(node) if node is not None else []
    has_list = len(seen.tops) > 1 and bool(line)
    first = [("Forecast", f"{path}?{asked.query(team='')}")] if has_list else []
    crumbs = [
        (name_of(one, org=request.org), f"{path}?{asked.query(team=one.key)}") for one in line
    ]
    found = [*first, *crumbs]
    return [*found[:-1], (found[-1][0], "")] if len(found) > 1 else []


def is_behind(forecast: Forecast, *, org: Org) -> bool:
    """Data has come in since."""
    return org.data_as_of is not None and org.data_as_of > forecast.made_at


def forecasting_job(org: Org) -> Job | None:
    jobs = Job.objects.filter(org=org, task=forecast_org.name).unfinished()
    return jobs.order_by("-created_at", "-id").first()


@for_roles(*STARTERS)
@require_POST
def forecast_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    """Back to the period and the team that were shown."""
    start_forecasting(org=request.org, by=request.user, request=request)
    asked = asked_by(request, QueryDict(request.POST.get("back", "")))
    return redirect(f"{reverse(f'forecasting:{PAGE}', args=[org_slug])}?{asked.query()}")


@readers
@require_safe
def forecast_deals(request: OrgRequest, org_slug: str) -> HttpResponse:
    asked = asked_by(request)
    forecast = latest_of(request.org, asked)
    context: dict[str, Any] = {
        "asked": asked,
        "forecast": forecast,
        "tabs": tabs_of(request, active=DEALS, asked=asked),
        "lengths": asked.lengths(request.path),
        "steps": asked.steps(request.path),
        "admins": admins_of(request.org),
    }
    if forecast is None:
        return render_page(request, "forecasting/forecast_deals.html", context)
    table, node = bound_deals(request, asked, forecast)
    context |= {
        "table": table,
        "name": name_of(node, org=request.org) if node is not None else "",
        "export_url": csv_url(request),
    }
    return render_page(
        request,
        "forecasting/forecast_deals.html",
        context,
        partial=table.id,
        push_url=table.url,
    )


def bound_deals(
    request: OrgRequest, asked: Asked, forecast: Forecast
) -> tuple[BoundTable, Any | None]:
    """`own` asks for what somebody sells who also leads others."""
    reader, org = request.membership, request.org
    seen = nodes_seen_by(reader, forecast=forecast)
    node = node_asked(seen, asked)
    if node is not None and request.GET.get("own") == "yes":
        node = seen.own.get(node.key, node)
    if node is not None and node.key:
        node = whole_of(node)
    rows = ForecastDeal.objects.visible_to(reader).filter(forecast=forecast)
    table = deals_table(
        period=asked.period,
        today=asked.today,
        currency=org.currency,
        owners=owners_seen_by(reader),
        categories=values_of(rows, "category", reader=reader, part=str(forecast.pk)),
    )
    path = reverse(f"forecasting:{DEALS}", args=[org.slug])
    bound = table.bind(
        request.GET, queryset=deals_of(reader, forecast=forecast, node=node), path=path
    )
    return bound, node


def csv_url(request: OrgRequest) -> str:
    query = request.META.get("QUERY_STRING", "")
    url = reverse("forecasting:forecast-csv", args=[request.org.slug])
    return f"{url}?{query}" if query else url


@readers
@require_GET
def forecast_csv(request: OrgRequest, org_slug: str) -> HttpResponseBase:
    """Of the list as it is filtered, with the columns that it shows."""
    asked = asked_by(request)
    forecast = latest_of(request.org, asked)
    if forecast is None:
        raise Http404("This period has not been forecast.")
    table, _ = bound_deals(request, asked, forecast)
    period = asked.period
    return export_answer(
        request,
        table,
        kind="csv",
        subject="Deals of the forecast",
        file="forecast",
        dated=f"{period.length}-{period.since:%Y-%m-%d}",
    )
