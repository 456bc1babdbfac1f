"""What the period would bring if something were otherwise; nothing of it goes to the CRM."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.asking import admins_of
from forecasting.models import Scenario
from forecasting.quarter_pages.asked import Asked, asked_by
from forecasting.quarter_pages.seen import latest_of, name_of, nodes_seen_by, whole_of
from forecasting.quarter_pages.tabs import tabs_of
from forecasting.scenario.changes import MOST_HIRES, MOST_RAMP, RAMP_MONTHS, Changes, changes_of
from forecasting.scenario.page import Desk, bars_of
from forecasting.scenario.saving import MOST_KEPT, NAME_LENGTH, Kept, ScenarioError, keep, kept_by
from forecasting.views.forecast import node_asked, readers
from revenue.users.access import OrgRequest
from revenue.web.rendering import render_page

PAGE = "forecast-scenario"
BODY = "what-if"
GONE = "Some of these deals are not open in this forecast any more, or not yours: left out."


@readers
@require_safe
def scenario_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    asked = asked_by(request)
    context = page_of(request, asked)
    desk = context.pop("desk")
    if desk is None:
        return render_page(request, "forecasting/scenario.html", context)
    context |= shown(request, desk)
    push_url = f"{request.path}?{desk.address(context['changes'])}"
    return render_page(
        request, "forecasting/scenario.html", context, partial=BODY, push_url=push_url
    )


def page_of(request: OrgRequest, asked: Asked) -> dict[str, Any]:
    """With the desk, where there is a forecast of somebody to suppose something of."""
    forecast = latest_of(request.org, asked)
    found: dict[str, Any] = {
        "asked": asked,
        "forecast": forecast,
        "desk": None,
        "tabs": tabs_of(request, active=PAGE, asked=asked),
        "lengths": asked.lengths(request.path),
        "steps": asked.steps(request.path),
        "admins": admins_of(request.org),
    }
    if forecast is None:
        return found
    seen = nodes_seen_by(request.membership, forecast=forecast)
    node = node_asked(seen, asked)
    if node is None:
        tops = [
            (name_of(one, org=request.org), f"{request.path}?{asked.query(team=one.key)}")
            for one in seen.tops
        ]
        return found | {"tops": tops}
    desk = Desk(request.membership, asked, forecast, whole_of(node))
    below = [(one.key, name_of(one, org=request.org)) for one in seen.below(node)]
    return found | {
        "desk": desk if not asked.is_over else None,
        "below": [
            (name, f"{request.path}?{asked.query(team=key)}")
            for key, name in below
            if key != node.key
        ],
        "above": [
            (name_of(one, org=request.org), f"{request.path}?{asked.query(team=one.key)}")
            for one in seen.path(node)[:-1]
        ],
        "name": name_of(node, org=request.org),
    }


def shown(request: OrgRequest, desk: Desk) -> dict[str, Any]:
    asked_for, problems = changes_of(request.GET)
    picked = desk.picked(asked_for)
    changes = asked_for.of(picked)
    if len(changes.deals) < len(asked_for.deals):
        problems.append(GONE)
    outcome = desk.outcome(changes, picked)
    words = request.GET.get("q", "").strip()
    scenarios = [Kept(one) for one in kept_by(request.membership, desk.asked)[:MOST_KEPT]]
    return {
        "changes": changes,
        "problems": problems,
        "lines": desk.lines(changes, picked),
        "outcome": outcome,
        "bars": bars_of(
            [("As forecast", "before", outcome.before), ("What if", "after", outcome.after)]
        ),
        "seller": desk.seller(changes),
        "words": words,
        "choices": desk.found(words, without=changes.refs),
        "pairs": changes.pairs(),
        "scenarios": [
            {"kept": one, "url": f"{request.path}?{address_of(one.scenario)}"} for one in scenarios
        ],
        "name_length": NAME_LENGTH,
        "most_hires": MOST_HIRES,
        "most_ramp": MOST_RAMP,
        "ramp_months": RAMP_MONTHS,
        "body_id": BODY,
    }


def address_of(scenario: Scenario) -> str:
    where = {"length": scenario.length, "since": scenario.since.isoformat()}
    if scenario.key:
        where["team"] = scenario.key
    return urlencode([*where.items(), *Changes.from_json(scenario.changes).pairs()])


@readers
@require_POST
def scenario_save(request: OrgRequest, org_slug: str) -> HttpResponse:
    asked = asked_by(request, request.POST)
    page = reverse(f"forecasting:{PAGE}", args=[org_slug])
    desk = page_of(request, asked)["desk"]
    if desk is None:
        messages.error(request, "There is no number here to suppose anything of.")
        return redirect(f"{page}?{asked.query()}")
    changes, problems = changes_of(request.POST)
    try:
        found = keep(desk, changes, name=request.POST.get("name", ""), at=timezone.now())
    except ScenarioError as error:
        problems.append(str(error))
    else:
        messages.success(request, f"“{found.name}” is kept; only you see it.")
    for problem in problems:
        messages.error(request, problem)
    return redirect(f"{page}?{desk.address(changes)}")


@readers
@require_POST
def scenario_delete(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    found = get_object_or_404(Scenario.objects.visible_to(request.membership), pk=pk)
    found.delete()
    messages.success(request, f"“{found.name}” is deleted.")
    where = {"length": found.length, "since": found.since.isoformat(), "team": found.key}
    query = urlencode({name: said for name, said in where.items() if said})
    return redirect(f"{reverse(f'forecasting:{PAGE}', args=[org_slug])}?{query}")


@readers
@require_safe
def scenario_compare(request: OrgRequest, org_slug: str) -> HttpResponse:
    """Two of one team, worked out anew over the latest forecast."""
    mine = Scenario.objects.visible_to(request.membership)
    pks = [request.GET.get(name, "") for name in ("one", "other")]
    found = {str(one.pk): one for one in mine.filter(pk__in=[pk for pk in pks if is_key(pk)])}
    if not all(pk in found for pk in pks):
        raise Http404("There is no such scenario of yours.")
    sides = [found[pk] for pk in pks]
    first = sides[0]
    where = {"length": first.length, "since": first.since.isoformat(), "team": first.key}
    asked = asked_by(request, where)
    context = page_of(request, asked)
    desk = context.pop("desk")
    context |= {"sides": sides, "back": f"{reverse(f'forecasting:{PAGE}', args=[org_slug])}"}
    context["back"] += f"?{asked.query()}"
    same = {(one.length, one.since, one.key) for one in sides}
    if desk is None or len(same) > 1:
        context["problem"] = "Only scenarios of one team in one period, with a forecast, compare."
        return render_page(request, "forecasting/scenario_compare.html", context)
    outcomes = []
    for one in sides:
        changes = Kept(one).changes
        picked = desk.picked(changes)
        outcomes.append(desk.outcome(changes.of(picked), picked))
    rows = [
        (label, before, after, other, other - after)
        for (label, before, after, _), (_, _, other, _) in zip(
            outcomes[0].rows(), outcomes[1].rows(), strict=True
        )
    ]
    bands = [("As forecast", "before", outcomes[0].before)]
    bands += [
        (one.name, name, outcome.after)
        for one, name, outcome in zip(sides, ("after", "other"), outcomes, strict=True)
    ]
    context |= {
        "rows": rows,
        "bars": bars_of(bands),
        "said": [
            {"name": one.name, "said": Kept(one).said, "url": f"?{address_of(one)}"}
            for one in sides
        ],
    }
    return render_page(request, "forecasting/scenario_compare.html", context)


def is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
