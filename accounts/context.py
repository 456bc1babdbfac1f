"""What every page of an org has to say about its data, beside its own matter."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Connection
from accounts.trust import Problem, connection_problems
from revenue.users.models import Org
from revenue.users.roles import Role


def alerts(request: HttpRequest) -> dict[str, Any]:
    """One for an org's admins, who alone can do something about it; asked when it is drawn."""
    membership = getattr(request, "membership", None)
    if membership is None or membership.role != Role.ADMIN:
        return {}
    return {"connection_alert": SimpleLazyObject(lambda: alert_of(membership.org))}


def alert_of(org: Org) -> Problem | None:
    halted = Connection.objects.filter(org=org, state__in=Connection.HALTED)
    cut = Q(state=Connection.State.STOPPED, secrets="")
    found = halted.exclude(cut).defer("candidate_secrets", "former_secrets").first()
    return next(iter(connection_problems(found)), None)
