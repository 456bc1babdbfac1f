from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from revenue.users.access import signed_in
from revenue.users.roles import Role

HOME_BY_ROLE = {
    Role.REP: "accounts:deal-list",
    Role.MANAGER: "accounts:team-show",
    Role.EXECUTIVE: "accounts:org-overview",
    Role.ADMIN: "accounts:operations-show",
    Role.INTEGRATOR: "users:developer-show",
}


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    memberships = request.memberships  # type: ignore[attr-defined]
    first = memberships[0]
    return redirect(HOME_BY_ROLE[Role(first.role)], org_slug=first.org.slug)
