from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import activity, operations
from accounts.tables import ORGS, TEAM
from revenue.users.access import OrgRequest, for_roles
from revenue.users.models import Membership, Org
from revenue.users.roles import SELLING, Role
from revenue.web.rendering import render_page


def admins_of(org: Org) -> list[Membership]:
    """Whom a person asks for what only an admin can do."""
    admins = Membership.objects.active().filter(org=org, role=Role.ADMIN)
    return list(admins.select_related("user").order_by("user__full_name", "id"))


@for_roles(*SELLING)
@require_safe
def deal_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    return render_page(request, "accounts/deal_list.html", {"admins": admins_of(request.org)})


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
    context = {"table": table, "admins": admins_of(request.org)}
    return render_page(
        request, "accounts/team_show.html", context, partial=table.id, push_url=table.url
    )


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def org_overview(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = timezone.now()
    context = {
        "people": activity.people_count(org=request.org, at=now),
        "chart": activity.activity_chart(activity.people_by_day(org=request.org, at=now)),
        "seen_days": activity.SEEN_DAYS,
        "admins": admins_of(request.org),
        "members_url": reverse("users:member-list", args=[request.org.slug]),
    }
    return render_page(request, "accounts/org_overview.html", context)


@for_roles(Role.ADMIN)
@require_safe
def operations_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = timezone.now()
    table = ORGS.bind(
        request.GET,
        queryset=operations.orgs_run_by(request.membership.user, at=now),
        path=request.path,
    )
    context = {
        "table": table,
        "jobs": operations.job_count(org=request.org, at=now),
        "failures": operations.recent_failures(org=request.org),
        "parts": operations.system_parts,
        "jobs_url": reverse("jobs:job-list", args=[request.org.slug]),
    }
    return render_page(
        request,
        "accounts/operations_show.html",
        context,
        partial=[table.id, "system"],
        push_url=table.url if request.htmx.target == table.id else "",
    )
