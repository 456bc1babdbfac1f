"""Who belongs to an org, and as what. Changes to one org's members happen one after another."""

from dataclasses import dataclass

from allauth.account import app_settings as account_settings
from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string

from revenue.users import audit
from revenue.users.models import AuditEvent, Membership, Org, User
from revenue.users.models.user import UserManager
from revenue.users.roles import Role

LAST_ADMIN = "{org} would be left without an admin. Make another member an admin first."


@dataclass(frozen=True)
class Wish:
    """What a membership is to become."""

    role: str
    reports_to: Membership | None
    is_active: bool


def lock(*orgs: Org) -> None:
    """Until the transaction ends, nobody else changes members of these orgs."""
    ids = [org.pk for org in orgs]
    list(Org.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def has_admin(org: Org) -> bool:
    return Membership.objects.active().filter(org=org, role=Role.ADMIN).exists()


@transaction.atomic
def add_member(
    *,
    by: User | None,
    org: Org,
    email: str,
    full_name: str = "",
    role: str,
    reports_to: Membership | None = None,
    request: HttpRequest | None = None,
) -> Membership:
    """A person who is unknown so far is made without a password: they choose it from an e-mail."""
    lock(org)
    email = UserManager.normalize_email(email)
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User(email=email, full_name=full_name.strip() or email.partition("@")[0])
        user.timezone = org.timezone
        user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save()
        audit.record(AuditEvent.Action.USER_CREATED, by=by, org=org, subject=user, request=request)
    elif not user.is_active:
        raise ValidationError(
            {"email": "This person's account is switched off. Ask the site's administrator."}
        )
    elif Membership.objects.filter(user=user, org=org).exists():
        raise ValidationError(
            {"email": "This person is a member already. Find them in the list to change them."}
        )
    membership = Membership(user=user, org=org, role=role, reports_to=reports_to)
    membership.full_clean()
    membership.save()
    audit.record(
        AuditEvent.Action.MEMBER_ADDED,
        by=by,
        org=org,
        subject=user,
        detail={"role": role},
        request=request,
    )
    return membership


@transaction.atomic
def change_member(
    *, by: User, membership: Membership, wish: Wish, request: HttpRequest | None = None
) -> Membership:
    lock(membership.org)
    membership.refresh_from_db()
    before = Wish(membership.role, membership.reports_to, membership.is_active)
    if wish == before:
        return membership
    membership.role, membership.reports_to = wish.role, wish.reports_to
    membership.is_active = wish.is_active
    membership.full_clean()
    had_admin = has_admin(membership.org)
    membership.save()
    if had_admin and not has_admin(membership.org):
        raise ValidationError(LAST_ADMIN.format(org=membership.org))
    record_change(by=by, membership=membership, before=before, request=request)
    return membership


def record_change(
    *, by: User, membership: Membership, before: Wish, request: HttpRequest | None
) -> None:
    if membership.role != before.role:
        audit.record(
            AuditEvent.Action.ROLE_CHANGED,
            by=by,
            org=membership.org,
            subject=membership.user,
            detail={"from": before.role, "to": membership.role},
            request=request,
        )
    detail: dict[str, object] = {}
    if membership.reports_to != before.reports_to:
        chief = membership.reports_to
        detail["reports_to"] = chief.user.email if chief else None
    if membership.is_active != before.is_active:
        detail["active"] = membership.is_active
    if detail:
        audit.record(
            AuditEvent.Action.MEMBER_CHANGED,
            by=by,
            org=membership.org,
            subject=membership.user,
            detail=detail,
            request=request,
        )


@transaction.atomic
def switch_person(*, by: User, user: User, on: bool, request: HttpRequest | None = None) -> None:
    """Switches an account off or on. Off, it signs in nowhere; its memberships stay as they are."""
    orgs = list(Org.objects.filter(memberships__user=user).distinct())
    lock(*orgs)
    staffed = [org for org in orgs if has_admin(org)]
    User.objects.filter(pk=user.pk).update(is_active=on)
    user.is_active = on
    for org in staffed:
        if not has_admin(org):
            raise ValidationError(LAST_ADMIN.format(org=org))
    audit.record(
        AuditEvent.Action.USER_CHANGED, by=by, subject=user, detail={"active": on}, request=request
    )


def needs_invitation(user: User) -> bool:
    return user.is_active and user.last_login is None and not user.has_usable_password()


def send_invitation(
    *, membership: Membership, by: User | None, request: HttpRequest | None = None
) -> None:
    """The link sets a password once, within PASSWORD_RESET_TIMEOUT. Fails where mail fails."""
    user = membership.user
    fresh = needs_invitation(user)
    url = password_link(user) if fresh else f"{settings.SITE_URL}/o/{membership.org.slug}/"
    context = {
        "user": user,
        "org": membership.org,
        "role": membership.get_role_display(),
        "by": by,
        "url": url,
        "fresh": fresh,
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "product_name": settings.PRODUCT_NAME,
    }
    subject = f"Join {membership.org} on {settings.PRODUCT_NAME}"
    text = render_to_string("users/email/invitation.txt", context)
    mail = EmailMultiAlternatives(subject, text, to=[user.email])
    mail.attach_alternative(render_to_string("users/email/invitation.html", context), "text/html")
    mail.send()
    audit.record(
        AuditEvent.Action.INVITED, by=by, org=membership.org, subject=user, request=request
    )


def password_link(user: User) -> str:
    token = account_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    key = f"{user_pk_to_url_str(user)}-{token}"
    return str(get_adapter().get_reset_password_from_key_url(key))
