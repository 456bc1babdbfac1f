"""Who writes for an org: its own row, or nobody where no admin has chosen."""

from assistant.models import WriterPolicy
from revenue.users.models import Org


def policy_of(org: Org) -> WriterPolicy:
    found: WriterPolicy | None = WriterPolicy.objects.filter(org=org).first()
    return found or WriterPolicy(org=org)
