"""Pages that no sidebar leads to: each in both themes, wide and narrow, with axe."""

import re
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from revenue.jobs.models import Job
from revenue.users.models import User
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit, Visitor
from tests.factories.people import PASSWORD


@pytest.fixture
def owner(transactional_db: None) -> User:
    return User.objects.create_superuser(
        "owner@example.com", password=PASSWORD, full_name="Olga Petrov"
    )


def look_at(person: Visitor, paths: dict[str, str], *, exclude: Iterable[str] = ()) -> list[str]:
    problems: list[str] = []
    for name, path in paths.items():
        answer = person.page.goto(person.base + path, wait_until="load")
        if answer is None or not answer.ok:
            problems.append(f"{path} answered {answer and answer.status}")
        problems += person.look(name, exclude=exclude)
    return problems


def test_doors(company: Company, visitor: Visit) -> None:
    person = visitor()
    problems = look_at(
        person,
        {
            "sign-in": reverse("account_login"),
            "password-reset": reverse("account_reset_password"),
            "sign-up-closed": reverse("account_signup"),
            "inactive": reverse("account_inactive"),
        },
    )
    page = person.open(reverse("account_reset_password"))
    page.fill("input[name=email]", company.user(Role.REP).email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading")).to_be_visible()
    problems += person.look("password-reset-sent")
    link = re.search(r"/account/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link, mail.outbox[0].body
    person.open(link[0])
    problems += person.look("password-choose")
    assert problems == [], "\n".join(problems)


def test_pages_about_oneself(company: Company, visitor: Visit) -> None:
    person = visitor()
    user = company.user(Role.EXECUTIVE)
    page = person.arrive(user, reverse("users:profile-show"))
    problems = look_at(
        person,
        {
            "profile": reverse("users:profile-show"),
            "security": reverse("users:security-show"),
            "api-keys-none": reverse("users:api-key-list"),
            "api-key-new": reverse("users:api-key-create"),
            "password-change": reverse("account_change_password"),
            "single-sign-on": reverse("socialaccount_connections"),
            "confirm": reverse("account_reauthenticate"),
        },
    )
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(lambda url: "reauthenticate" not in url)
    problems += look_at(
        person,
        {
            "authenticator-app-setup": reverse("mfa_activate_totp"),
            "passkey-add": reverse("mfa_add_webauthn"),
            "passkeys-none": reverse("mfa_list_webauthn"),
        },
    )
    assert problems == [], "\n".join(problems)


def test_pages_of_an_admin(company: Company, visitor: Visit) -> None:
    now = timezone.now()
    failed = Job.objects.create(
        task="revenue.jobs.tasks.export_audit",
        title="Export of the audit trail",
        queue="bulk",
        org=company.org,
        started_by=company.user(Role.ADMIN),
        state="failed",
        attempts=3,
        created_at=now - timedelta(minutes=3),
        started_at=now - timedelta(minutes=2),
        heartbeat_at=now,
        finished_at=now,
        error="The disk is full. Free some space and start the export again.",
    )
    person = visitor()
    page = person.arrive(company.user(Role.ADMIN), "/o/acme/jobs/")
    expect(page.get_by_role("row", name="Export of the audit trail")).to_contain_text("Failed")
    problems = look_at(
        person,
        {
            "jobs": reverse("jobs:job-list", args=["acme"]),
            "job-failed": reverse("jobs:job-show", args=["acme", failed.pk]),
            "jobs-mine": reverse("jobs:job-mine", args=["acme"]),
            "member-invite": reverse("users:member-invite", args=["acme"]),
            "member": reverse(
                "users:member-change", args=["acme", company.people[Role.MANAGER].pk]
            ),
            "audit-empty-search": reverse("users:audit-list", args=["acme"]) + "?q=zzz",
        },
    )
    person.open(reverse("jobs:job-list", args=["acme"]))
    person.wear(size="desktop", scheme="light")
    page.locator("summary", has_text="Filter").click()
    problems += person.look("jobs-filter")
    assert problems == [], "\n".join(problems)


def test_somebody_without_an_org_is_told_what_to_do(transactional_db: None, visitor: Visit) -> None:
    person = visitor()
    user = User.objects.create_user("new@example.com", PASSWORD, full_name="Nils Holm")
    page = person.arrive(user, "/")
    expect(page.get_by_role("heading", name="You belong to no org yet")).to_be_visible()
    assert person.look("no-org") == []


def test_the_reference_of_the_api(company: Company, visitor: Visit) -> None:
    """Swagger UI is a package's own: its markup and colours are not ours to mend."""
    person = visitor()
    page = person.arrive(company.user(Role.INTEGRATOR), "/api/docs")
    expect(page.get_by_role("heading", name="Revenue Intelligence API")).to_be_visible()
    operation = page.locator(".opblock", has_text="Who am I?")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".responses-table.live-responses-table")).to_contain_text(
        "ines@acme.example"
    )
    assert person.look("api-docs", exclude=["#swagger-ui"]) == []


def test_the_admin_of_the_site(company: Company, owner: User, visitor: Visit) -> None:
    person = visitor()
    person.arrive(owner, reverse("admin:index"))
    problems = look_at(
        person,
        {
            "admin-index": reverse("admin:index"),
            "admin-people": reverse("admin:users_user_changelist"),
            "admin-person": reverse("admin:users_user_change", args=[owner.pk]),
            "admin-orgs": reverse("admin:users_org_changelist"),
            "admin-org-new": reverse("admin:users_org_add"),
            "admin-audit": reverse("admin:users_auditevent_changelist"),
            "admin-jobs": reverse("admin:jobs_job_changelist"),
        },
        # The box that Django's own autocomplete draws has no name for screen readers.
        exclude=[".select2"],
    )
    assert problems == [], "\n".join(problems)
