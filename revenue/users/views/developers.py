from datetime import timedelta
from typing import cast

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from revenue.users.access import OrgRequest, for_roles
from revenue.users.models import ApiKey
from revenue.users.roles import Role


@for_roles(Role.INTEGRATOR, Role.ADMIN)
@require_safe
def developer_show(request: OrgRequest, org_slug: str) -> HttpResponse:
    now = timezone.now()
    lifetime = cast("timedelta", settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"])
    keys = ApiKey.objects.filter(user=request.user).live(at=now).select_related("org")
    limits = settings.API_RATE_LIMITS
    context = {
        "site_url": settings.SITE_URL,
        "keys": keys.order_by("-last_used_at", "-id")[:10],
        "token_minutes": round(lifetime.total_seconds() / 60),
        "limits": [
            ("With an API key", *limits["key"].split("/")),
            ("Signed in, or with a token", *limits["user"].split("/")),
            ("Without either", *limits["anonymous"].split("/")),
        ],
    }
    return render(request, "users/developers.html", context)
