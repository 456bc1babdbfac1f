"""What allauth and Django tell of sign-ins, put into the audit trail.

Signals, against the house's habit: both packages offer no other hook for these moments.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from revenue.users import audit
from revenue.users.models import AuditEvent, User

Action = AuditEvent.Action


@receiver(account.user_logged_in, dispatch_uid="audit_signed_in")
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    steps = get_authentication_records(request, user)
    methods = [str(step.get("type") or step.get("method")) for step in steps]
    audit.record(Action.SIGNED_IN, by=user, detail={"with": methods}, request=request)


@receiver(user_logged_out, dispatch_uid="audit_signed_out")
def signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        audit.record(Action.SIGNED_OUT, by=user, request=request)


@receiver(user_login_failed, dispatch_uid="audit_sign_in_failed")
def sign_in_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    tried = str(credentials.get("email") or credentials.get("username") or "")
    audit.record_failed_sign_in(email=tried, request=request)


@receiver(mfa.authentication_failed, dispatch_uid="audit_second_factor_failed")
def second_factor_failed(request: HttpRequest, user: User, **_: Any) -> None:
    audit.record(
        Action.SIGN_IN_FAILED,
        by=None,
        email=user.email,
        person=user,
        detail={"step": "second factor"},
        request=request,
    )


@receiver(
    [account.password_set, account.password_changed, account.password_reset],
    dispatch_uid="audit_password_changed",
)
def password_changed(request: HttpRequest, user: User, signal: Any, **_: Any) -> None:
    how = {
        account.password_set: "set",
        account.password_changed: "changed",
        account.password_reset: "by e-mailed link",
    }
    audit.record(Action.PASSWORD_CHANGED, by=user, detail={"how": how[signal]}, request=request)


@receiver([mfa.authenticator_added, mfa.authenticator_reset], dispatch_uid="audit_factor_added")
def factor_added(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    detail = {"kind": str(authenticator.type)}
    audit.record(Action.SECOND_FACTOR_ADDED, by=user, detail=detail, request=request)


@receiver(mfa.authenticator_removed, dispatch_uid="audit_factor_removed")
def factor_removed(request: HttpRequest, user: User, authenticator: Any, **_: Any) -> None:
    detail = {"kind": str(authenticator.type)}
    audit.record(Action.SECOND_FACTOR_REMOVED, by=user, detail=detail, request=request)


@receiver(social.social_account_added, dispatch_uid="audit_identity_linked")
def identity_linked(request: HttpRequest, sociallogin: Any, **_: Any) -> None:
    detail = {"provider": sociallogin.account.provider}
    audit.record(Action.IDENTITY_LINKED, by=sociallogin.user, detail=detail, request=request)


@receiver(social.social_account_removed, dispatch_uid="audit_identity_unlinked")
def identity_unlinked(request: HttpRequest, socialaccount: Any, **_: Any) -> None:
    detail = {"provider": socialaccount.provider}
    audit.record(Action.IDENTITY_UNLINKED, by=socialaccount.user, detail=detail, request=request)
