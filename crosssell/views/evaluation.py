"""How good suggestions were, and what showing them does; never of a single account."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.about.kept import kept
from crosssell.listing.freshness import freshness_of
from crosssell.quality.owned import judged_of
from crosssell.quality.pictures import compared
from crosssell.quality.reading import quality_of
from crosssell.uplift import saying
from crosssell.uplift.measuring import uplift_of
from revenue.ml.tasks import moment_for
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page


@for_roles(Role.EXECUTIVE, Role.ADMIN)
@require_safe
def evaluation_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    org = request.org
    at = moment_for(org, at=timezone.now())
    fresh = freshness_of(org)
    remember = kept(
        request.membership,
        about=("uplift", at.date()),
        scored_at=fresh.scored_at,
        is_scoring=fresh.is_scoring,
    )
    uplift = remember(lambda: uplift_of(org, at=at))
    quality = quality_of(fresh.run) if fresh.run is not None else None
    context = {
        "fresh": fresh,
        "quality": quality,
        "chart": compared(quality) if quality is not None and quality.is_judged else None,
        "owned": judged_of(fresh.run, org=org) if fresh.run is not None else [],
        "uplift": uplift,
        "said": saying.said(uplift, currency=org.currency),
        "uplift_chart": saying.chart_of(uplift),
    }
    return render_page(request, "crosssell/evaluation.html", context)
