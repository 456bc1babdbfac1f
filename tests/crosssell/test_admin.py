"""What stands in the audit trail when somebody changes in the admin what an action costs."""

import pytest
from django.test import Client

from revenue.users.models import AuditEvent
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory
from tests.factories.selling import an_action_type

pytestmark = pytest.mark.django_db
SAID = {
    "title": "Visit",
    "hours": "3.5",
    "lift": "0.1",
    "fades": "0.5",
    "quota": "",
    "position": "1",
    "is_active": "on",
}


def test_a_change_is_kept_by_field_and_who_runs_another_org_makes_none(client: Client) -> None:
    mine, other = MembershipFactory(role=Role.ADMIN), MembershipFactory(role=Role.ADMIN)
    one = an_action_type(org=mine.org, title="Visit", hours=2.0, lift=0.1, fades=0.5, position=1)
    address = f"/admin/crosssell/actiontype/{one.pk}/change/"
    client.force_login(other.user)
    client.post(address, SAID)
    one.refresh_from_db()
    assert one.hours == 2.0
    assert not AuditEvent.objects.filter(action="org_changed").exists()
    client.force_login(mine.user)
    assert client.post(address, SAID).status_code == 302
    one.refresh_from_db()
    assert one.hours == 3.5
    event = AuditEvent.objects.get(action="org_changed")
    assert (event.org, event.actor) == (mine.org, mine.user)
    assert event.detail == {"in": "admin", "did": "changed", "fields": ["Hours"]}
