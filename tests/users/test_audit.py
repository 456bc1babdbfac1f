from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction
from django.test import Client, RequestFactory

from revenue.users import audit
from revenue.users.models import AuditEvent, Membership
from revenue.users.sign_in_chart import sign_in_chart, sign_ins_per_day
from revenue.web.daily import DAYS, days_until
from tests.factories.people import MembershipFactory, OrgFactory

Action = AuditEvent.Action


def test_rows_are_neither_changed_nor_deleted(rep: Membership) -> None:
    event = audit.record(Action.EXPORT_TAKEN, by=rep.user, org=rep.org, subject="deals")
    rows = AuditEvent.objects.filter(pk=event.pk)
    for deed in (lambda: rows.update(subject="nothing"), rows.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            deed()
    assert rows.get().subject == "deals"


def test_a_record_says_where_from(rep: Membership, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    request = RequestFactory().get(
        "/",
        headers={
            "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
            "User-Agent": "x" * 999 + "\0",
            "X-Request-Id": "abcdef0123456789",
        },
    )
    event = audit.record(Action.SIGNED_OUT, by=rep.user, request=request)
    event.refresh_from_db()
    assert (event.ip, event.request_id) == ("198.51.100.7", "abcdef0123456789")
    assert event.user_agent == "x" * 300


def test_what_was_typed_cannot_break_the_record(client: Client, db: None) -> None:
    for tried in ("\0@example.com", "x" * 400 + "@example.com", "\u202eevil@example.com"):
        client.post("/account/login/", {"login": tried, "password": "wrong wrong"})
    for event in AuditEvent.objects.all():
        assert event.actor_email.isprintable()
    audit.record(Action.SIGN_IN_FAILED, by=None, email="\0" * 10 + "x" * 999)
    assert AuditEvent.objects.latest("id").actor_email == "x" * 254


def test_the_page_shows_the_org_and_the_sign_ins_of_its_members_only(
    as_admin: Client, admin: Membership, rep: Membership
) -> None:
    elsewhere = MembershipFactory(org=OrgFactory())
    both = MembershipFactory(org=admin.org)
    MembershipFactory(org=elsewhere.org, user=both.user)
    seen = [
        audit.record(Action.SIGNED_IN, by=rep.user),
        audit.record(Action.SIGN_IN_FAILED, by=None, email=rep.user.email, person=rep.user),
        audit.record(Action.EXPORT_TAKEN, by=rep.user, org=rep.org, subject="deals"),
        audit.record(Action.SIGNED_IN, by=both.user),
    ]
    audit.record(Action.SIGNED_IN, by=elsewhere.user)
    audit.record(Action.SIGN_IN_FAILED, by=None, email="stranger@example.com")
    audit.record(Action.ROLE_CHANGED, by=both.user, org=elsewhere.org, subject=both.user)
    assert set(AuditEvent.objects.of_org(admin.org)) == set(seen)
    html = as_admin.get("/o/acme/audit/").content.decode()
    assert rep.user.email in html
    assert elsewhere.user.email not in html
    assert "stranger@example.com" not in html


def test_one_event_opens_in_the_drawer_and_a_foreign_one_is_not_there(
    as_admin: Client, rep: Membership
) -> None:
    event = audit.record(Action.EXPORT_TAKEN, by=rep.user, org=rep.org, subject="all deals")
    foreign = audit.record(Action.EXPORT_TAKEN, by=None, org=OrgFactory())
    headers = {"HX-Request": "true", "HX-Target": "drawer-body"}
    html = as_admin.get(f"/o/acme/audit/{event.pk}/", headers=headers).content.decode()
    assert "all deals" in html
    assert "<html" not in html
    assert as_admin.get(f"/o/acme/audit/{foreign.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?action=export_taken", 1),
        ("?action=export_taken&action=signed_in", 2),
        ("?q=rita", 0),
        ("?q=deals", 1),
        ("?when_from=2100-01-01", 0),
        ("?when_to=2100-01-01", 2),
    ],
)
def test_filters_narrow(as_admin: Client, rep: Membership, query: str, found: int) -> None:
    audit.record(Action.SIGNED_IN, by=rep.user)
    audit.record(Action.EXPORT_TAKEN, by=rep.user, org=rep.org, subject="deals")
    table = as_admin.get(f"/o/acme/audit/{query}").context["table"]
    assert table.count == found


def test_only_an_admin_reads_it(client: Client, rep: Membership) -> None:
    client.force_login(rep.user)
    assert client.get("/o/acme/audit/").status_code == 403


def test_the_page_costs_the_same_for_few_and_for_many(
    as_admin: Client, rep: Membership, django_assert_num_queries: Any
) -> None:
    as_admin.get("/o/acme/audit/")
    for _ in range(2):
        for _ in range(10):
            audit.record(Action.SIGNED_IN, by=rep.user)
        with django_assert_num_queries(6):
            as_admin.get("/o/acme/audit/")


def test_days_are_those_of_the_readers_zone(rep: Membership) -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    AuditEvent.objects.create(happened_at=late, action=Action.SIGNED_IN, person=rep.user)
    zone = ZoneInfo("Asia/Tokyo")
    counts = sign_ins_per_day(AuditEvent.objects.all(), since=late - timedelta(days=1), zone=zone)
    assert counts == {(date(2026, 3, 2), "signed_in"): 1}


def test_the_chart_names_the_worst_day() -> None:
    days = days_until(date(2026, 3, 30))
    assert (len(days), days[0], days[-1]) == (DAYS, date(2026, 3, 1), date(2026, 3, 30))
    counts = {(days[4], "sign_in_failed"): 7, (days[4], "signed_in"): 2, (days[9], "signed_in"): 1}
    chart = sign_in_chart(counts=counts, days=days)
    assert chart.summary == "3 sign-ins, 7 failed, most on 5 March: 7."
    assert [list(row) for row in chart.rows] == [["05 Mar 2026", 2, 7], ["10 Mar 2026", 1, 0]]
    assert "none failed" in sign_in_chart(counts={}, days=days).summary


def test_who_adds_a_person_learns_nothing_of_their_time_elsewhere(admin: Membership) -> None:
    stranger = MembershipFactory(org=OrgFactory())
    audit.record(Action.SIGNED_IN, by=stranger.user)
    added = MembershipFactory(org=admin.org, user=stranger.user)
    here = audit.record(Action.SIGNED_IN, by=stranger.user)
    assert list(AuditEvent.objects.of_org(admin.org)) == [here]
    Membership.objects.filter(pk=added.pk).update(is_active=False, last_seen_at=here.happened_at)
    audit.record(Action.SIGNED_IN, by=stranger.user)
    assert list(AuditEvent.objects.of_org(admin.org)) == [here]
