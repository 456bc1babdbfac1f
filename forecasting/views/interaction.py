"""The interaction plot: one feature against what it adds, over the open deals of a reader."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Opportunity
from accounts.views.records import record_or_404
from forecasting.interaction.asked import COLOURS, asked_of, choices_of, run_behind
from forecasting.interaction.picture import picture_of
from forecasting.interaction.points import points_of
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page

PLOT = "interaction"


@any_member
@require_safe
def interaction_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    given = request.GET.get("deal", "")
    deal = record_or_404(Opportunity, int(given), request) if given.isdecimal() else None
    run = run_behind(request.org)
    context: dict[str, Any] = {"run": run, "deal": deal, "colours": COLOURS}
    if run is None or run.speaks_by_rates or not run.features:
        return render_page(request, "forecasting/interaction.html", context, partial=PLOT)
    asked = asked_of(request.GET, choices_of(run), deal=deal.pk if deal else None)
    points = points_of(asked, run=run, reader=request.membership)
    chart = picture_of(
        points,
        asked.feature,
        coloured_by=COLOURS[asked.colour],
        starred=asked.deal,
        currency=request.org.currency,
        address=partial(address_of, org_slug),
    )
    context |= {"asked": asked, "chart": chart, "any": bool(points.shown)}
    push_url = request.path + asked.query
    return render_page(
        request, "forecasting/interaction.html", context, partial=PLOT, push_url=push_url
    )


def address_of(org_slug: str, pk: int) -> str:
    return reverse("accounts:deal-show", args=[org_slug, pk])
