from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from revenue.users.access import OrgRequest, any_member, signed_in
from revenue.web import navigation


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home page of one's role, in the org last worked in."""
    membership = request.membership  # type: ignore[attr-defined]
    if membership is not None:
        return redirect(navigation.home_url(membership=membership))
    if request.user.is_authenticated and request.user.is_superuser:
        return redirect("admin:index")
    return render(request, "users/no_org.html")


@any_member
@require_safe
def org_home(request: OrgRequest, org_slug: str) -> HttpResponse:
    return redirect(navigation.home_url(membership=request.membership))
