"""What the orgs of a group bring together."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from forecasting.quarter_pages.asked import asked_by
from forecasting.quarter_pages.group import Group
from forecasting.quarter_pages.tabs import tabs_of
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE = "forecast-group"


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def forecast_group(request: OrgRequest, org_slug: str) -> HttpResponse:
    asked = asked_by(request)
    context = {
        "asked": asked,
        "group": Group(request.membership, asked),
        "tabs": tabs_of(request, active=PAGE, asked=asked),
        "lengths": asked.lengths(request.path),
        "steps": asked.steps(request.path),
    }
    return render_page(request, "forecasting/forecast_group.html", context)
