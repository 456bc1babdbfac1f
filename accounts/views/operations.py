from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import operations
from accounts.tables.operations import ORGS
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page


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
