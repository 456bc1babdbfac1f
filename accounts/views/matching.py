from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.matching import joining, queue, starting
from revenue.users.access import OrgRequest, for_roles
from revenue.users.roles import Role
from revenue.web.rendering import render_page

TEMPLATE = "accounts/match_list.html"
LABELS = {"doubtful": "To decide", "joined": "Joined", "apart": "Kept apart"}


@for_roles(Role.ADMIN)
@require_safe
def match_list(request: OrgRequest, org_slug: str) -> HttpResponse:
    state = request.GET.get("state", "doubtful")
    if state not in queue.SHOWN:
        raise Http404
    path = reverse("accounts:match-list", args=[request.org.slug])
    counts = queue.counts(org=request.org, user=request.membership.user)
    pairs, further = queue.page_of(
        org=request.org,
        user=request.membership.user,
        state=state,
        after=request.GET.get("after", ""),
    )
    context = {
        "state": state,
        "pairs": pairs,
        "next_url": f"{path}?state={state}&after={further}" if further else "",
        "tabs": [
            {
                "label": f"{LABELS[name]} ({counts[name]})",
                "url": f"{path}?state={name}",
                "active": name == state,
            }
            for name in queue.SHOWN
        ],
        "is_grouped": request.org.group_id is not None,
    }
    return render_page(request, TEMPLATE, context)


@for_roles(Role.ADMIN)
@require_POST
def match_decide(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    user, org, now = request.membership.user, request.org, timezone.now()
    match = get_object_or_404(queue.matches_of(org=org, user=user), pk=pk)
    answer = request.POST.get("answer", "")
    if answer == "undo":
        joining.undo(match=match, by=user, at=now)
    elif answer in ("same", "different"):
        joining.decide(match=match, same=answer == "same", by=user, at=now)
    else:
        return HttpResponse("Say whether it is the same customer.", status=400)
    starting.follow_decision(match=match, org=org, by=user, request=request)
    if request.htmx:
        return render_page(request, "accounts/match_decided.html", {"match": match})
    return redirect("accounts:match-list", org_slug=org.slug)
