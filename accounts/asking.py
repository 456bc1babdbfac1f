from revenue.users.models import Membership, Org
from revenue.users.roles import Role


def admins_of(org: Org) -> list[Membership]:
    """Whom a person asks for what only an admin can do."""
    admins = Membership.objects.active().filter(org=org, role=Role.ADMIN)
    return list(admins.select_related("user").order_by("user__full_name", "id"))
