"""A link to choose a password, sent at the word of somebody who may ask for it."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string

from revenue.users import audit, members
from revenue.users.models import AuditEvent, User

logger = logging.getLogger(__name__)


def send_password_link(*, user: User, by: User, request: HttpRequest | None = None) -> bool:
    """False where the mail could not be sent."""
    context = {
        "user": user,
        "by": by,
        "url": members.password_link(user),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "product_name": settings.PRODUCT_NAME,
    }
    text = render_to_string("users/email/password_link.txt", context)
    try:
        send_mail(f"Choose your password for {settings.PRODUCT_NAME}", text, None, [user.email])
    except (OSError, SMTPException):
        logger.exception("password_link_not_sent")
        return False
    audit.record(
        AuditEvent.Action.USER_CHANGED,
        by=by,
        subject=user,
        detail={"did": "password link sent"},
        request=request,
    )
    return True
