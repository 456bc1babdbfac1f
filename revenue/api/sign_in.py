"""Who signs in with password and code: allauth's checks, counted with the sign-in page's.

A wrong password and a wrong code come into the audit trail by the signals of revenue.users.
"""

from typing import NoReturn

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from revenue.api.problems import Problem
from revenue.users import audit, wall
from revenue.users.models import Membership, User
from revenue.users.rate_limits import FAILED_SIGN_IN_WINDOW_S
from revenue.users.roles import Role

WAY = "API token"


def person_of(*, request: HttpRequest, email: str, password: str, code: str = "") -> User:
    if not ratelimit.consume(request, action="login"):
        throttled(request, email=email)
    try:
        person = get_adapter(request).authenticate(request, email=email, password=password)
    except (ImmediateHttpResponse, ValidationError) as error:
        # The adapter has written it down.
        raise too_many() from error
    # For somebody switched off, allauth hands out the person, so that its page can say so.
    if not isinstance(person, User) or not person.is_active:
        raise wrong()
    if is_mfa_enabled(person):
        check_code(request, person=person, code=code)
    else:
        refuse_without_factor(person)
    return person


@wall.lifted()
def refuse_without_factor(person: User) -> None:
    if not settings.REQUIRE_SECOND_FACTOR_FOR_ADMINS:
        return
    roles = Membership.objects.active().filter(user=person)
    if person.is_superuser or roles.filter(role=Role.ADMIN).exists():
        raise Problem(
            401,
            "factor-missing",
            "An admin needs a second factor",
            "Sign in on the pages and set up an authenticator app, then come back with its code.",
        )


def check_code(request: HttpRequest, *, person: User, code: str) -> None:
    manual = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.WEBAUTHN)
    if not manual.exists():
        raise Problem(
            401,
            "code-impossible",
            "A passkey cannot be used here",
            "Set up an authenticator app as well, or use a personal API key.",
        )
    if not code:
        raise Problem(
            401,
            "code-needed",
            "Your second factor is needed",
            "Send the same again with `code`: from your authenticator app, or a recovery code.",
        )
    form = AuthenticateForm({"code": code}, user=person)
    if form.is_valid():
        form.authenticator.record_usage()
        return
    if form.has_error("code", "too_many_login_attempts"):
        throttled(request, email=person.email)
    raise wrong()


def wrong() -> Problem:
    return Problem(
        401,
        "sign-in-failed",
        "Signing in did not work",
        "Check e-mail, password and code. Whoever is switched off asks an admin.",
    )


def throttled(request: HttpRequest, *, email: str) -> NoReturn:
    detail = {"way": WAY, "reason": "too many tries"}
    audit.record_failed_sign_in(email=email, detail=detail, request=request)
    raise too_many()


def too_many() -> Problem:
    return Problem(
        429,
        "too-many-tries",
        "Too many failed tries",
        "Wait five minutes, then try again; or reset the password on the sign-in page.",
        wait=FAILED_SIGN_IN_WINDOW_S,
    )
