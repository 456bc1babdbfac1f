from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from revenue.users import profile
from revenue.users.access import PersonRequest, signed_in
from revenue.users.forms import ProfileForm
from revenue.users.models import AuditEvent, User
from revenue.web import themes

RECENT = (
    AuditEvent.Action.SIGNED_IN,
    AuditEvent.Action.SIGNED_OUT,
    AuditEvent.Action.SIGN_IN_FAILED,
    AuditEvent.Action.PASSWORD_CHANGED,
    AuditEvent.Action.SECOND_FACTOR_ADDED,
    AuditEvent.Action.SECOND_FACTOR_REMOVED,
)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile_show(request: PersonRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if form.is_valid():
        user: User = form.instance
        profile.save_profile(user=user, changed=form.changed_data, request=request)
        messages.success(request, "Your profile is saved.")
        response = redirect("users:profile-show")
        themes.keep_theme(
            response=response, user=user, theme=user.theme, secure=request.is_secure()
        )
        return response
    return render(request, "users/profile.html", {"form": form, "tab": "profile"})


@signed_in
@require_safe
@never_cache
def security_show(request: PersonRequest) -> HttpResponse:
    events = AuditEvent.objects.filter(person=request.user, action__in=RECENT)
    context = {
        "tab": "security",
        "factors": factors_of(request),
        "identities": SocialAccount.objects.filter(user=request.user).order_by("id"),
        "events": events.order_by("-happened_at", "-id")[:10],
    }
    return render(request, "users/security.html", context)


@signed_in
@require_safe
def second_factors(request: PersonRequest) -> HttpResponse:
    """Where allauth returns to after each change of a factor."""
    return redirect("users:security-show")


def factors_of(request: PersonRequest) -> dict[str, Any]:
    mine = Authenticator.objects.filter(user=request.user).order_by("created_at", "id")
    found: dict[str, Any] = {"totp": None, "webauthn": [], "codes_left": None}
    for each in mine:
        if each.type == Authenticator.Type.TOTP:
            found["totp"] = each
        elif each.type == Authenticator.Type.WEBAUTHN:
            found["webauthn"].append(each)
        else:
            found["codes_left"] = len(each.wrap().get_unused_codes())
    return found
