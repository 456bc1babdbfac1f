from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.about import deal as about
from accounts.about.choices import owners_seen_by, values_of
from accounts.about.stages import changes_of, stage_chart
from accounts.asking import admins_of
from accounts.models import Opportunity
from accounts.tables.records import deals_table, stage_colour
from accounts.views.records import (
    TIMELINE,
    asks_for_timeline,
    frame_of,
    record_or_404,
    render_list,
    timeline_of,
)
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page

STATES = {
    "": ("Open", Q(is_closed=False)),
    "won": ("Won", Q(is_won=True)),
    "lost": ("Lost", Q(is_closed=True, is_won=False)),
    "all": ("All", Q()),
}


@any_member
@require_safe
def deal_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    reader, org = request.membership, request.org
    asked = request.GET.get("state", "")
    _, condition = STATES.get(asked, STATES[""])
    rows = Opportunity.objects.visible_to(reader).filter(condition)
    declared = deals_table(
        currency=org.currency,
        today=org.today(at=timezone.now()),
        owners=owners_seen_by(reader),
        stages=values_of(Opportunity.objects.visible_to(reader), "stage", reader=reader),
    )
    table = declared.bind(
        request.GET, queryset=rows.select_related("org", "account", "owner"), path=request.path
    )
    return render_list(
        request,
        "accounts/deal_list.html",
        table,
        tabs=state_tabs(request.GET, path=request.path),
        admins=admins_of(org),
    )


def state_tabs(asked: QueryDict, *, path: str) -> list[dict[str, object]]:
    """Another state keeps the filters, and begins at its first page."""
    now = asked.get("state", "") if asked.get("state", "") in STATES else ""
    tabs: list[dict[str, object]] = []
    for state, (label, _) in STATES.items():
        query = asked.copy()
        for name in ("cursor", "state"):
            query.pop(name, None)
        if state:
            query["state"] = state
        address = f"{path}?{query.urlencode()}" if query else path
        tabs.append({"label": label, "url": address, "active": state == now})
    return tabs


@any_member
@require_safe
def deal_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    reader, now = request.membership, timezone.now()
    deal = record_or_404(Opportunity, pk, request, "owner", "campaign")
    context = {
        "deal": deal,
        "timeline": timeline_of(request, opportunity_ref=deal.external_id),
    }
    if asks_for_timeline(request):
        return render_page(request, "accounts/deal_show.html", context, partial=TIMELINE)
    context |= frame_of(deal, kind="deal", object_name="Opportunity")
    lines = about.lines_of(deal, reader=reader)
    currency = deal.currency or deal.org.currency
    context |= {
        "account": about.account_of(deal, reader=reader),
        "currency": currency,
        "figures": about.figures(deal, today=deal.org.today(at=now)),
        "stage_kind": stage_colour(deal, today=deal.org.today(at=now)),
        "people": about.people_of(deal, reader=reader),
        "lines": lines,
        "lines_total": about.total_of(lines, currency=currency),
        "chart": stage_chart(deal, reader=reader, at=now),
        "changes": changes_of(deal, reader=reader),
    }
    return render_page(request, "accounts/deal_show.html", context, partial=TIMELINE)
