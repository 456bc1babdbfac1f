"""How near each way of forecasting has come, beside each other."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.asking import admins_of
from forecasting.quarter_pages.asked import asked_by
from forecasting.quarter_pages.record import Record, cut_of
from forecasting.quarter_pages.tabs import tabs_of
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

PAGE = "forecast-record"


@for_roles(Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
@require_safe
def forecast_record(request: OrgRequest, org_slug: str) -> HttpResponse:
    asked = asked_by(request)
    record = Record(request.membership, asked, cut_of(request.GET.get("cut", "")))
    context = {
        "asked": asked,
        "record": record,
        "tabs": tabs_of(request, active=PAGE, asked=asked),
        "lengths": asked.lengths(request.path),
        "admins": admins_of(request.org),
    }
    return render_page(request, "forecasting/record.html", context)
