"""What the styleguide shows: realistic content in every state, without any other room's tables."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Case, CharField, Count, QuerySet, Sum, Value, When
from django.http import HttpRequest
from django.urls import reverse

from revenue.web.charts import Chart, waterfall
from revenue.web.filters import ChoiceFilter, MultiChoiceFilter, NumberRangeFilter, TextFilter
from revenue.web.tables import BoundTable, Column, Table

VERBS = {"add": "positive", "change": "warning", "delete": "negative", "view": "accent"}


def permission_url(row: Permission) -> str:
    return f"{reverse('web:styleguide-show')}?permission={row.pk}"


PERMISSIONS = Table(
    id="permissions",
    noun="permissions",
    caption="A list to try: the permissions that Django knows",
    default_sort="app,name",
    page_size=12,
    columns=(
        Column(name="name", label="Name", sort="name", href=permission_url),
        Column(
            name="app", label="App", value="content_type__app_label", sort="content_type__app_label"
        ),
        Column(
            name="verb",
            label="Kind",
            kind="badge",
            value=lambda row: row.verb.capitalize(),
            badge=lambda row: VERBS[row.verb],
            sort="verb",
        ),
        Column(name="codename", label="Code name", sort="codename"),
        Column(name="id", label="Number", kind="number", sort="id"),
        Column(
            name="groups",
            label="Groups",
            kind="number",
            value="groups_count",
            sort="groups_count",
            total=Sum("groups_count"),
        ),
        Column(name="model", label="Model", value="content_type__model", shown=False),
    ),
    filters=(
        TextFilter(name="q", label="Search permissions", paths=("name", "codename")),
        MultiChoiceFilter(
            name="verb",
            label="Kind",
            path="verb",
            choices=[(verb, verb.capitalize()) for verb in VERBS],
        ),
        ChoiceFilter(
            name="app",
            label="App",
            path="content_type__app_label",
            choices=[("auth", "auth"), ("contenttypes", "contenttypes"), ("sessions", "sessions")],
        ),
        NumberRangeFilter(name="id", label="Number", path="id"),
    ),
    drawer=True,
)


def permission_rows() -> QuerySet[Any]:
    verb = Case(
        *[When(codename__startswith=f"{each}_", then=Value(each)) for each in VERBS],
        default=Value("change"),
        output_field=CharField(),
    )
    return Permission.objects.select_related("content_type").annotate(
        verb=verb, groups_count=Count("group")
    )


def permission_table(request: HttpRequest) -> BoundTable:
    return PERMISSIONS.bind(request.GET, queryset=permission_rows(), path=request.path)


def chosen_permission(request: HttpRequest) -> Permission | None:
    found = whole(request.GET.get("permission"), default=0)
    rows = Permission.objects.select_related("content_type")
    return rows.filter(pk=found).first() if found else None


def whole(text: str | None, *, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default


def running_job(*, done: int) -> dict[str, Any]:
    steps = ("Reading accounts", "Reading deals", "Matching owners", "Writing history", "Done")
    return {
        "label": "Sync of Northwind CRM",
        "id": "sample-progress",
        "state": "succeeded" if done >= 100 else "running",
        "done": done * 132,
        "total": 13_200,
        "step": steps[min(done // 25, 4)],
        "poll_url": f"{reverse('web:styleguide-progress')}?done={done}",
    }


TILES = (
    {
        "label": "Forecast, this quarter",
        "value": "$4.82M",
        "delta": "6%",
        "delta_direction": "up",
        "delta_kind": "good",
        "hint": "P10–P90 $4.1M–$5.6M",
    },
    {
        "label": "Open pipeline",
        "value": "$12.4M",
        "delta": "$310k",
        "delta_direction": "up",
        "delta_kind": "good",
        "hint": "since Monday",
        "href": "#permissions",
    },
    {
        "label": "Win rate",
        "value": "27%",
        "delta": "2 pts",
        "delta_direction": "down",
        "delta_kind": "bad",
        "hint": "last 90 days",
    },
    {
        "label": "Deals at risk",
        "value": "14",
        "hint": "of 96 open",
        "active": True,
        "href": "#tiles",
    },
)
DEALS = (
    (
        "Halden Robotics, renewal and seats",
        "Proposal",
        "accent",
        "$248,000",
        "12 Dec 2026",
        "78%",
        "Improving",
        "positive",
    ),
    (
        "Okafor Logistics, platform",
        "Negotiation",
        "accent",
        "$192,500",
        "4 Dec 2026",
        "64%",
        "Steady",
        "",
    ),
    (
        "Meridian Health, pilot",
        "Discovery",
        "",
        "$86,000",
        "30 Jan 2027",
        "31%",
        "No reply for 19 days",
        "warning",
    ),
    (
        "Société Générale des Eaux, expansion",
        "Proposal",
        "accent",
        "$71,200",
        "18 Nov 2026",
        "12%",
        "Close date passed",
        "negative",
    ),
)
BADGES = (
    ("Waiting", ""),
    ("Committed", "accent"),
    ("Improving", "positive"),
    ("Stalled", "warning"),
    ("At risk", "negative"),
)
JOBS = (
    {"id": "job-waiting", "label": "Score of 1,204 deals", "state": "queued"},
    {"id": "job-running", "label": "Import of opportunities.csv", "state": "running", "done": 8420,
     "total": 13_200, "step": "Reading deals", "cancel_url": "#progress"},
    {"id": "job-unknown", "label": "Training of deal risk", "state": "running",
     "step": "Fitting on 24 months of history"},
    {"id": "job-done", "label": "Sync of Halden CRM", "state": "succeeded", "done": 412,
     "total": 412},
    {"id": "job-failed", "label": "Sync of Okafor CRM", "state": "failed", "done": 90, "total": 400,
     "reason": "Salesforce refused the sign-in. Renew the credential, then run it again."},
    {"id": "job-cancelled", "label": "Backtest of eight quarters", "state": "cancelled", "done": 3,
     "total": 8, "step": "Cancelled by Ada Brandt"},
)  # fmt: skip


def forecast_chart() -> Chart:
    weeks = [dt.date(2026, 10, 5) + dt.timedelta(weeks=each) for each in range(13)]
    won = [0.21, 0.48, 0.62, 0.97, 1.34, 1.52, 1.93, 2.2]
    middle = [2.2, 2.61, 3.12, 3.74, 4.25, 4.82]
    spread = [0, 0.16, 0.31, 0.47, 0.62, 0.74]
    ahead = weeks[7:]
    low = [m - s for m, s in zip(middle, spread, strict=True)]
    high = [m + s for m, s in zip(middle, spread, strict=True)]
    line = {"type": "scatter", "mode": "lines", "hovertemplate": "$%{y:.2f}M"}
    data = [
        line | {"x": ahead, "y": high, "line": {"width": 0}, "showlegend": False,
                "hoverinfo": "skip"},
        line | {"x": ahead, "y": low, "line": {"width": 0}, "fill": "tonexty", "name": "P10–P90",
                "fillcolor": "var(--chart-band)", "hoverinfo": "skip"},
        line | {"x": weeks[:8], "y": won, "name": "Won",
                "line": {"color": "var(--chart-1)", "width": 2.5}},
        line | {"x": ahead, "y": middle, "name": "Forecast",
                "line": {"color": "var(--chart-1)", "width": 2.5, "dash": "dot"}},
    ]  # fmt: skip
    rows = [
        (day.strftime("%d %b"), f"${y:.2f}M", "", "") for day, y in zip(weeks, won, strict=False)
    ]
    rows += [
        (day.strftime("%d %b"), f"${m:.2f}M", f"${lo:.2f}M", f"${hi:.2f}M")
        for day, m, lo, hi in zip(ahead[1:], middle[1:], low[1:], high[1:], strict=True)
    ]
    return Chart(
        id="forecast",
        title="Forecast of the quarter",
        summary="$2.20M is won; we expect $4.82M, in four of five cases between $4.08M and $5.56M.",
        data=data,
        columns=("Week", "Won or forecast", "P10", "P90"),
        rows=rows,
        layout={"yaxis": {"tickprefix": "$", "ticksuffix": "M"}, "hovermode": "x unified"},
    )


def bridge_chart() -> Chart:
    steps = [("Last week", 4.55), ("New", 0.42), ("Amount", 0.18), ("Pushed out", -0.31),
             ("Lost", -0.22), ("Probability", 0.2), ("Today", 4.82)]  # fmt: skip
    here = reverse("web:styleguide-show")
    return Chart(
        id="bridge",
        title="What moved the forecast",
        summary="Up $0.27M in a week: new deals outweigh the lost. Choose a bar for its deals.",
        data=[
            waterfall(
                [name for name, _ in steps],
                [size for _, size in steps],
                texts=[f"${abs(size):.2f}M" for _, size in steps],
                addresses=[f"{here}?q={name}" for name, _ in steps],
            )
        ],
        columns=("Step", "Change"),
        rows=[(name, f"{'−' if size < 0 else ''}${abs(size):.2f}M") for name, size in steps],
        layout={"yaxis": {"tickprefix": "$", "ticksuffix": "M", "range": [3.5, 5.6]}},
    )


def components() -> dict[str, Any]:
    return {
        "tiles": TILES,
        "deals": DEALS,
        "badges": BADGES,
        "jobs": JOBS,
        "live_job": running_job(done=0),
        "charts": (forecast_chart(), bridge_chart()),
        "crumbs": (("Northwind", "#page"), ("EMEA", "#page"), ("Ada Brandt", "")),
        "icons": ICONS,
        "secret": "ri_live_sample_only_4f9c2b7d81e64a30",
    }


ICONS = (
    "house", "gauge", "users", "handshake", "server", "activity", "scroll-text", "code", "search",
    "list-filter", "columns-3", "download", "key", "bell", "target", "trending-up", "sparkles",
    "calendar",
)  # fmt: skip
