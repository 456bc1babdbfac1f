import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from revenue.users import members
from revenue.users.members import Wish
from revenue.users.models import AuditEvent, Membership, Org, User
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

LEAVE = Wish(role=Role.REP, reports_to=None, is_active=True)


def invite(client: Client, **changes: Any) -> Any:
    data = {"email": "New@Example.com", "full_name": "Nina New", "role": "rep", "reports_to": ""}
    return client.post("/o/acme/members/invite/", data | changes)


def test_an_invited_person_chooses_a_password_and_is_in(
    as_admin: Client, admin: Membership, client: Client
) -> None:
    assert invite(as_admin, reports_to=str(admin.pk)).status_code == 302
    invited = Membership.objects.get(user__email="new@example.com")
    assert (invited.role, invited.reports_to) == (Role.REP, admin)
    assert "Invited" in as_admin.get("/o/acme/members/").content.decode()
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    assert mail.outbox[0].to == ["new@example.com"]
    newcomer = Client()
    form = newcomer.get(link[1], follow=True)
    new = "an entirely new pass phrase"
    newcomer.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    home = newcomer.get("/")
    assert home["Location"] == "/o/acme/risk/"
    actions = set(AuditEvent.objects.filter(org=invited.org).values_list("action", flat=True))
    assert actions == {"user_created", "member_added", "invited"}


def test_somebody_with_an_account_is_added_and_told(as_admin: Client) -> None:
    known = UserFactory(email="known@example.com")
    invite(as_admin, email="KNOWN@example.com")
    assert Membership.objects.filter(user=known, org__slug="acme").exists()
    assert "/account/password" not in str(mail.outbox[0].body)
    again = invite(as_admin, email="known@example.com")
    assert "member already" in again.content.decode()
    assert User.objects.filter(email="known@example.com").count() == 1


def test_a_member_stays_where_the_mail_cannot_be_sent(as_admin: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = invite(as_admin)
    said = as_admin.get(answer["Location"]).content.decode()
    assert "could not be sent" in said
    assert Membership.objects.filter(user__email="new@example.com").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"email": "no address"}, "email"),
        ({"role": "emperor"}, "role"),
        ({"reports_to": "999999"}, "reports_to"),
    ],
)
def test_a_form_with_a_mistake_invites_nobody(
    as_admin: Client, changes: dict[str, str], says: str
) -> None:
    answer = invite(as_admin, **changes)
    assert says in answer.context["form"].errors
    assert Membership.objects.count() == 1
    assert not mail.outbox


def test_a_changed_role_is_recorded(as_admin: Client, admin: Membership, rep: Membership) -> None:
    data = {"role": "manager", "reports_to": str(admin.pk), "is_active": "on"}
    as_admin.post(f"/o/acme/members/{rep.pk}/", data)
    rep.refresh_from_db()
    assert (rep.role, rep.reports_to, rep.is_active) == ("manager", admin, True)
    event = AuditEvent.objects.get(action="role_changed")
    assert (event.actor, event.person, event.org) == (admin.user, rep.user, rep.org)
    assert event.detail == {"from": "rep", "to": "manager"}
    as_admin.post(f"/o/acme/members/{rep.pk}/", data)
    assert AuditEvent.objects.filter(action="role_changed").count() == 1


def test_the_last_admin_cannot_leave(as_admin: Client, admin: Membership, rep: Membership) -> None:
    for data in ({"role": "rep", "is_active": "on"}, {"role": "admin"}):
        answer = as_admin.post(f"/o/acme/members/{admin.pk}/", data)
        assert "without an admin" in answer.content.decode()
    with pytest.raises(ValidationError, match="without an admin"):
        members.switch_person(by=admin.user, user=admin.user, on=False)
    admin.refresh_from_db()
    admin.user.refresh_from_db()
    assert (admin.role, admin.is_active, admin.user.is_active) == ("admin", True, True)
    MembershipFactory(org=admin.org, role=Role.ADMIN)
    as_admin.post(f"/o/acme/members/{admin.pk}/", {"role": "rep", "is_active": "on"})
    admin.refresh_from_db()
    assert admin.role == "rep"


def test_circles_and_strangers_are_no_managers(admin: Membership, rep: Membership) -> None:
    below = MembershipFactory(org=admin.org, reports_to=rep)
    stranger = MembershipFactory(org=OrgFactory())
    for chief in (below, stranger, rep):
        wish = Wish(role=Role.MANAGER, reports_to=chief, is_active=True)
        with pytest.raises(ValidationError):
            members.change_member(by=admin.user, membership=rep, wish=wish)
    rep.refresh_from_db()
    assert rep.reports_to is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["change", "switch"])
def test_two_admins_who_leave_at_once_leave_one(how: str) -> None:
    org: Org = OrgFactory()
    both = [MembershipFactory(org=org, role=Role.ADMIN) for _ in range(2)]
    start = threading.Barrier(2)
    refused: list[str] = []

    def leave(membership: Membership) -> None:
        start.wait()
        try:
            if how == "change":
                members.change_member(by=membership.user, membership=membership, wish=LEAVE)
            else:
                members.switch_person(by=membership.user, user=membership.user, on=False)
        except ValidationError as error:
            refused.extend(error.messages)
        finally:
            connection.close()

    in_threads([partial(leave, m) for m in both])
    assert len(refused) == 1
    assert Membership.objects.active().filter(org=org, role=Role.ADMIN).count() == 1


def in_threads(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


def test_a_manager_sees_the_people_below_and_cannot_change_them(
    client: Client, admin: Membership, rep: Membership
) -> None:
    manager = MembershipFactory(org=rep.org, role=Role.MANAGER)
    Membership.objects.filter(pk=rep.pk).update(reports_to=manager)
    client.force_login(manager.user)
    html = client.get("/o/acme/members/").content.decode()
    assert rep.user.email in html
    assert admin.user.email not in html
    assert "/members/invite/" not in html
    assert client.get(f"/o/acme/members/{rep.pk}/").status_code == 403


def test_members_of_another_org_are_not_there(as_admin: Client) -> None:
    elsewhere = MembershipFactory()
    assert as_admin.get(f"/o/acme/members/{elsewhere.pk}/").status_code == 404
    assert as_admin.get(f"/o/{elsewhere.org.slug}/members/").status_code == 404
    assert elsewhere.user.email not in as_admin.get("/o/acme/members/").content.decode()


def test_the_list_costs_the_same_for_few_and_for_many(
    as_admin: Client, admin: Membership, django_assert_num_queries: Any
) -> None:
    as_admin.get("/o/acme/members/")
    for _ in range(2):
        MembershipFactory.create_batch(5, org=admin.org, reports_to=admin)
        with django_assert_num_queries(5):
            as_admin.get("/o/acme/members/")


def test_an_invitation_is_sent_again_only_to_those_who_wait(
    as_admin: Client, rep: Membership
) -> None:
    as_admin.post(f"/o/acme/members/{rep.pk}/invitation/")
    assert not mail.outbox
    invite(as_admin)
    waiting = Membership.objects.get(user__email="new@example.com")
    as_admin.post(f"/o/acme/members/{waiting.pk}/invitation/")
    assert len(mail.outbox) == 2


def test_the_form_comes_into_the_drawer_as_a_fragment(as_admin: Client, rep: Membership) -> None:
    headers = {"HX-Request": "true", "HX-Target": "drawer-body"}
    html = as_admin.get(f"/o/acme/members/{rep.pk}/", headers=headers).content.decode()
    assert "<html" not in html
    assert 'name="role"' in html
