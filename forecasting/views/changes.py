"""What changed in the pipeline between two days, and the deals behind it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.db.models.functions import Abs
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.about.choices import owners_seen_by
from accounts.asking import admins_of
from forecasting.models import PipelineChange, PipelineComparison
from forecasting.pipeline.asked import CLOSING, Asked, asked_of, presets
from forecasting.pipeline.categories import categorised, flows_of, walk_of
from forecasting.pipeline.pictures import sankey, walk_chart
from forecasting.tables.changes import changes_table
from forecasting.tasks import compare_pipeline, start_comparing
from revenue.jobs.models import Job
from revenue.users.access import OrgRequest, any_member
from revenue.users.models import Org
from revenue.web.rendering import render_page
from revenue.web.templatetags import web

PAGE = "forecasting:changes-show"
COMPARING = "comparing"


@any_member
@require_safe
def changes_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    today = request.org.today(at=timezone.now())
    quarter = request.org.quarter_of(today)
    asked = asked_of(request.GET, today=today)
    found, job = comparison_of(request.org, asked), comparing_job(request.org, asked=asked)
    if request.htmx and request.htmx.target == COMPARING and job is None:
        return HttpResponseClientRefresh()
    context: dict[str, Any] = {
        "asked": asked,
        "closings": CLOSING.items(),
        "presets": [
            {
                "label": label,
                "url": f"{request.path}?{Asked(since, until, asked.closing).query}",
                "active": (since, until) == (asked.since, asked.until),
            }
            for label, since, until in presets(today=today, quarter=quarter)
        ],
        "today": today,
        "comparison": found,
        "is_old": found is not None and is_old(found, org=request.org),
        "job": job,
        "admins": admins_of(request.org),
        "poll_url": f"{request.path}?{asked.query}",
    }
    if found is None:
        return render_page(request, "forecasting/changes.html", context, partial=COMPARING)
    rows = categorised(
        PipelineChange.objects.visible_to(request.membership).filter(comparison=found),
        window=asked.window(quarter=quarter),
    )
    table = changes_table(currency=request.org.currency, owners=owners_seen_by(request.membership))
    bound = table.bind(
        request.GET,
        queryset=rows.annotate(size=Abs("delta"), deal_id=F("opportunity__id")).select_related(
            "org", "owner", "former_owner"
        ),
        path=request.path,
    )
    context["table"] = bound
    if not (request.htmx and request.htmx.target == bound.id):
        context |= pictures_of(rows, found, asked=asked, org=request.org, path=request.path)
    return render_page(
        request,
        "forecasting/changes.html",
        context,
        partial=[bound.id, COMPARING],
        push_url=bound.url,
    )


def pictures_of(
    rows: Any, found: PipelineComparison, *, asked: Asked, org: Org, path: str
) -> dict[str, Any]:
    walk = walk_of(rows)

    def address(category: str) -> str:
        cut = f"&category={category}" if category else ""
        return f"{path}?{asked.query}{cut}#changes"

    days = (web.day(asked.since), web.day(asked.until))
    return {
        "walk": walk,
        "tiles": tiles_of(walk, currency=org.currency, address=address),
        "charts": [
            walk_chart(walk, days=days, currency=org.currency, address=address),
            sankey(flows_of(rows), stages=found.stages, currency=org.currency, address=address),
        ],
    }


def tiles_of(walk: Any, *, currency: str, address: Callable[[str], str]) -> list[dict[str, Any]]:
    def tile(name: str, label: str) -> dict[str, Any]:
        part = walk.part(name)
        amount = part.delta if name == "new" else part.amount
        one = part.deals == 1
        return {
            "label": label,
            "value": web.compact_money(amount, currency),
            "hint": f"{part.deals:,} deal{'' if one else 's'}{open_then(name, part)}",
            "href": address(name),
        }

    def open_then(name: str, part: Any) -> str:
        """A deal made and closed in between was never in the pipeline that the bars walk from."""
        if name not in ("won", "lost") or part.amount == -part.delta:
            return ""
        return f", {web.compact_money(-part.delta, currency)} in the pipeline then"

    change = walk.now - walk.then
    return [
        {
            "label": "Open pipeline",
            "value": web.compact_money(walk.now, currency),
            "delta": web.compact_money(change, currency),
            "delta_kind": "good" if change >= 0 else "bad",
            "delta_direction": "up" if change >= 0 else "down",
            "href": address(""),
        },
        tile("new", "New"),
        tile("pushed_out", "Pushed out"),
        tile("won", "Won"),
        tile("lost", "Lost"),
    ]


def comparison_of(org: Org, asked: Asked) -> PipelineComparison | None:
    rows = PipelineComparison.objects.filter(org=org, since=asked.since, until=asked.until)
    return rows.first()


def is_old(found: PipelineComparison, *, org: Org) -> bool:
    """Data has come in since, about days that are not over."""
    if org.data_as_of is None or org.data_as_of <= found.made_at:
        return False
    return found.until >= org.today(at=found.made_at)


def comparing_job(org: Org, *, asked: Asked) -> Job | None:
    jobs = Job.objects.filter(org=org, task=compare_pipeline.name).unfinished()
    pair = [asked.since.isoformat(), asked.until.isoformat()]
    return next((one for one in jobs if pair in one.arguments.get("days", [])), None)


@any_member
@require_POST
def changes_start(request: OrgRequest, org_slug: str) -> HttpResponse:
    """Nothing is made twice: what is there, and no older than the data, is shown."""
    today = request.org.today(at=timezone.now())
    asked = asked_of(request.POST, today=today)
    if asked.problem:
        messages.error(request, asked.problem)
        return redirect(PAGE, org_slug)
    found = comparison_of(request.org, asked)
    if found is None or is_old(found, org=request.org):
        start_comparing(
            org=request.org,
            days=[(asked.since, asked.until)],
            by=request.user,
            request=request,
        )
    return redirect(f"{reverse(PAGE, args=[org_slug])}?{asked.query}")
