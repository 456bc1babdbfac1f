"""What rooms above do once a sync has ended; this room knows them by the settings alone."""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from revenue.users.models import Org


def tell_followers(*, org: Org, has_changed: bool) -> None:
    for name in settings.AFTER_SYNC:
        follow: Callable[..., None] = import_string(name)
        follow(org=org, has_changed=has_changed)
