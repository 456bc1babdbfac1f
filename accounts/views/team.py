from django.db.models import F
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import activity
from accounts.asking import admins_of
from accounts.pipeline import pipeline_of
from accounts.sellers import DRAWN, sellers_chart, sellers_with_results
from accounts.tables.team import TEAM, sellers_table
from revenue.users.access import OrgRequest, for_roles
from revenue.users.models import Membership
from revenue.users.roles import Role
from revenue.web.rendering import render_page


@for_roles(Role.MANAGER, Role.EXECUTIVE)
@require_safe
def team_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    people = (
        Membership.objects.active().visible_to(request.membership).exclude(pk=request.membership.pk)
    )
    table = TEAM.bind(
        request.GET,
        queryset=people.select_related("user", "reports_to__user"),
        path=request.path,
    )
    quarter = request.org.quarter_of(request.org.today(at=timezone.now()))
    results = sellers_with_results(reader=request.membership, quarter=quarter).select_related("org")
    currency = request.org.currency
    sellers = sellers_table(currency=currency, quarter=quarter).bind(
        request.GET, queryset=results, path=request.path
    )
    context = {"table": table, "sellers": sellers, "admins": admins_of(request.org)}
    if not request.htmx:
        most = [F(amount).desc(nulls_last=True) for amount in ("open_pipeline", "won_total")]
        first = results.order_by(*most, "id")[:DRAWN]
        context["chart"] = sellers_chart(list(first), currency=currency, since=quarter.since)
    return render_page(
        request,
        "accounts/team_show.html",
        context,
        partial=[table.id, sellers.id],
        push_url=sellers.url if request.htmx.target == sellers.id else table.url,
    )


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def org_overview(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = timezone.now()
    context = {
        "pipeline": pipeline_of(request.membership, today=request.org.today(at=now)),
        "people": activity.people_count(org=request.org, at=now),
        "chart": activity.activity_chart(activity.people_by_day(org=request.org, at=now)),
        "seen_days": activity.SEEN_DAYS,
        "admins": admins_of(request.org),
        "members_url": reverse("users:member-list", args=[request.org.slug]),
    }
    return render_page(request, "accounts/org_overview.html", context)
