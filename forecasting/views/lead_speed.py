"""How soon leads are answered, by whom, and what becomes of them."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from forecasting.lead_pages.speed_page import SpeedPage
from forecasting.lead_pages.tabs import tabs_of
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page

PAGE = "forecasting:lead-speed"


@any_member
@require_safe
def lead_speed(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = timezone.now()
    page = SpeedPage(
        reader=request.membership,
        asked=request.GET,
        path=request.path,
        at=now,
    )
    table = page.table
    context = {"page": page, "table": table, "tabs": tabs_of(request.org, here=PAGE)}
    return render_page(
        request, "forecasting/lead_speed.html", context, partial=table.id, push_url=table.url
    )
