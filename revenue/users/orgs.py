"""Making an org."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from revenue.users import audit, members
from revenue.users.models import AuditEvent, Membership, Org
from revenue.users.roles import Role


@transaction.atomic
def create_org(
    *, slug: str, name: str = "", kind: str = Org.Kind.CSV, admin_email: str = ""
) -> tuple[Org, Membership | None]:
    """With an admin's address, that person becomes its first admin and has yet to be invited."""
    org = Org(slug=slug, name=name.strip() or slug.replace("-", " ").title(), kind=kind)
    if admin_email:
        validate_email(admin_email)
    if Org.objects.filter(slug=slug).exists():
        raise ValidationError(f"There is an org {slug} already. Choose another slug.")
    org.full_clean()
    org.save()
    audit.record(
        AuditEvent.Action.ORG_CREATED, by=None, org=org, subject=org, detail={"kind": kind}
    )
    if not admin_email:
        return org, None
    return org, members.add_member(by=None, org=org, email=admin_email, role=Role.ADMIN)
