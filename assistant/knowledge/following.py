"""What rooms above do once the passages of an org have changed; known by the settings alone."""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from revenue.users.models import Org


def tell_followers(*, org: Org) -> None:
    """Once what has changed is there for everybody."""
    org_id = org.pk

    def tell() -> None:
        for name in settings.AFTER_KNOWLEDGE:
            follow: Callable[..., None] = import_string(name)
            follow(org_id=org_id)

    transaction.on_commit(tell)
