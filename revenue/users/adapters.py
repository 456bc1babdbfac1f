"""Where allauth asks the product what it should do."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from revenue.users import audit, client, encryption, rate_limits, sign_on
from revenue.users.models import AuditEvent, User

logger = logging.getLogger(__name__)

# A provider that names nobody would make everybody the same person.
NO_SUBJECT = ("", "None")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """People are invited by an admin of an org."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Behind a unix socket nobody has an address; they then share one limit."""
        return client.client_ip(request) or "unknown"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Built on SITE_URL: the Host header of whoever asked has no say in a link with a token."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.SITE_URL}{path.replace('UID-KEY', key)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                tried = str(credentials.get("email") or credentials.get("username") or "")
                detail = {"reason": "too many tries"}
                audit.record_failed_sign_in(email=tried, detail=detail, request=request)
                raise ImmediateHttpResponse(rate_limits.failed_too_often(request)) from error
            raise

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("users:security-show")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away must not undo a changed password, nor tell who is here."""
        try:
            super().send_mail(template_prefix, email, context | {"site_url": settings.SITE_URL})
        except (OSError, SMTPException):
            logger.exception("account_mail_not_sent")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        """One count per person, whichever of the site's host names the attempts are sent to."""
        return str(credentials.get("email") or credentials.get("username") or "").lower()


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """The client secret is decrypted here, for the length of one sign-in."""
        apps = super().list_apps(request, provider=provider, client_id=client_id)
        for app in apps:
            app.secret = sign_on.client_secret(app)
        return list(apps)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.account.uid in NO_SUBJECT:
            refused(request, sociallogin, reason="the provider names nobody")
            answer = render(request, "socialaccount/authentication_error.html", status=401)
            raise ImmediateHttpResponse(answer)
        if sociallogin.is_existing or sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        app, email = sociallogin.provider.app, sign_on.verified_email(sociallogin)
        if user := sign_on.person_of(app=app, email=email):
            sociallogin.connect(request, user)
        elif not sign_on.may_create(app=app, email=email):
            refused(request, sociallogin, reason="not linked")
            answer = render(request, "socialaccount/not_linked.html", {"app": app}, status=403)
            raise ImmediateHttpResponse(answer)

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:  # noqa: ARG002
        """`pre_social_login` does this with the product's own rules of trust."""
        return False

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        app, email = sociallogin.provider.app, sign_on.verified_email(sociallogin)
        return sign_on.may_create(app=app, email=email)

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        both = f"{data.get('first_name') or ''} {data.get('last_name') or ''}".strip()
        user.full_name = audit.printable(str(data.get("name") or both))[:200]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:  # noqa: ARG002
        user: User = sociallogin.user
        email = sign_on.verified_email(sociallogin)
        # allauth would keep every address that the provider names, and take each for a way in.
        sociallogin.email_addresses = [
            each for each in sociallogin.email_addresses if each.email.lower() == email
        ]
        sign_on.create_person(
            user=user,
            app=sociallogin.provider.app,
            email=email,
            save=lambda: sociallogin.save(request),
            request=request,
        )
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        kind = type(exception).__name__ if exception else str(error)
        detail = {"provider": getattr(provider, "sub_id", str(provider)), "error": kind}
        audit.record(AuditEvent.Action.SIGN_IN_FAILED, by=None, detail=detail, request=request)


def refused(request: HttpRequest, sociallogin: SocialLogin, *, reason: str) -> None:
    audit.record_failed_sign_in(
        email=sign_on.verified_email(sociallogin),
        detail={"provider": sociallogin.account.provider, "reason": reason},
        request=request,
    )


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.PRODUCT_NAME}
