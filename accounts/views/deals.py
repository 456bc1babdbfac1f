from datetime import datetime
from functools import partial

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.about import deal as about
from accounts.about import stages
from accounts.about.amounts import amount_chart, amounts_of
from accounts.about.changes import changes_of
from accounts.about.clock import moment_of
from accounts.about.pace import usual_days
from accounts.asking import admins_of
from accounts.models import Opportunity
from accounts.tables.deals import STATES, bound_deals
from accounts.tables.records import stage_colour
from accounts.views.records import record_or_404, render_list, render_record
from revenue.users.access import OrgRequest, any_member
from revenue.users.models import Membership


@any_member
@require_safe
def deal_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    org = request.org
    today = org.today(at=timezone.now())
    table = bound_deals(
        reader=request.membership, asked=request.GET, path=request.path, today=today
    )
    return render_list(
        request,
        "accounts/deal_list.html",
        table,
        tabs=state_tabs(request.GET, path=request.path),
        tabs_anew=asks_for_list(request, table.id),
        admins=admins_of(org),
    )


def asks_for_list(request: OrgRequest, name: str) -> bool:
    """For the list alone: the tabs above it, whose addresses have its filters, come along."""
    htmx = request.htmx
    return bool(htmx) and htmx.target == name and not htmx.history_restore_request


def state_tabs(asked: QueryDict, *, path: str) -> list[dict[str, object]]:
    """Another state keeps the filters, and begins at its first page."""
    now = asked.get("state", "") if asked.get("state", "") in STATES else ""
    tabs: list[dict[str, object]] = []
    for state, label in STATES.items():
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
    deal = record_or_404(Opportunity, pk, request, "owner", "campaign")
    contents = partial(contents_of, now=timezone.now())
    return render_record(request, deal, kind="deal", object_name="Opportunity", contents=contents)


def contents_of(deal: Opportunity, *, reader: Membership, now: datetime) -> dict[str, object]:
    today, at = deal.org.today(at=now), moment_of(deal.org, at=now)
    currency = deal.currency or deal.org.currency
    lines = about.lines_of(deal, reader=reader)
    versions = stages.saved_versions(deal, reader=reader)
    spent = stages.stays_of(deal, versions=versions, at=at)
    amounts = amounts_of(deal, versions=versions, currency=currency, at=at)
    return {
        "account": about.account_of(deal, reader=reader),
        "currency": currency,
        "figures": about.figures(deal, today=today),
        "stage_kind": stage_colour(deal, today=today),
        "people": about.people_of(deal, reader=reader),
        "lines": lines,
        "lines_total": about.total_of(lines, currency=currency),
        "path": stages.path_of(deal, spent=spent, usual=stages.open_stages(deal.org)),
        "stage_chart": stages.stage_chart(spent, usual=usual_days(deal.org)),
        "amount_chart": amount_chart(amounts, currency=currency),
        "changes": changes_of(deal, reader=reader, currency=currency, versions=versions),
    }
