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
        "tabs": tabs_of(request, state=state),
        "is_grouped": request.org.group_id is not None,
    }
    return render_page(request, TEMPLATE, context)


def tabs_of(request: OrgRequest, *, state: str) -> list[dict[str, object]]:
    path = reverse("accounts:match-list", args=[request.org.slug])
    counts = queue.counts(org=request.org, user=request.membership.user)
    return [
        {
            "label": f"{LABELS[name]} ({counts[name]})",
            "url": f"{path}?state={name}",
            "active": name == state,
        }
        for name in queue.SHOWN
    ]


@for_roles(Role.ADMIN)
@require_POST
def match_decide(request: OrgRequest, org_slug: str, pk: int) -> HttpResponse:
    user, org, now = request.membership.user, request.org, timezone.now()
    found = queue.matches_of(org=org, user=user).select_related(*queue.SHOWN_WITH)
    match = get_object_or_404(found, pk=pk)
    before = queue.list_of(match)
    answer = request.POST.get("answer", "")
    if answer == "undo":
        joining.undo(match=match, by=user, at=now)
    elif answer == "reopen":
        joining.reopen(match=match, by=user)
    elif answer in ("same", "different"):
        joining.decide(match=match, same=answer == "same", by=user, at=now)
    else:
        return HttpResponse("Say whether it is the same customer.", status=400)
    starting.follow_decision(match=match, org=org, by=user, request=request)
    if not request.htmx:
        return redirect("accounts:match-list", org_slug=org.slug)
    context: dict[str, object] = {"match": match, "tabs": tabs_of(request, state=before)}
    if answer != "reopen":
        return render_page(request, "accounts/match_decided.html", context)
    for pair in queue.shown([match]):
        context["pair"] = pair
    return render_page(request, "accounts/match_reopened.html", context)
