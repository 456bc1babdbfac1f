from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.about.sight import one_seen
from accounts.models import Account, Activity, Contact, Lead, Opportunity
from revenue.users.access import OrgRequest, any_member
from revenue.web.rendering import render_page


@any_member
@require_safe
def activity_show(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    """A call, a meeting or an e-mail has no page among the records: here is what it says."""
    reader = request.membership
    activities = Activity.objects.visible_to(reader).select_related("owner")
    activity = get_object_or_404(activities, pk=pk)
    context = {
        "activity": activity,
        "account": one_seen(Account, activity.account_ref, reader=reader),
        "deal": one_seen(Opportunity, activity.opportunity_ref, reader=reader),
        "contact": one_seen(Contact, activity.contact_ref, reader=reader),
        "lead": one_seen(Lead, activity.lead_ref, reader=reader),
    }
    return render_page(request, "assistant/search_activity.html", context)
