"""Jobs as people see them: started on a page, done by a real worker, watched until they end."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker

from revenue.celery import app
from revenue.jobs.models import Job
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.jobs.stage import Stage, effect_table, queue_up, use_broker
from tests.jobs.tasks_for_tests import count_bulk

pytestmark = pytest.mark.services
ONE_WORKER = "interactive,bulk"


@pytest.fixture(scope="module")
def stage(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """One worker for both queues, on the database that the live server shows."""
    before = str(app.conf.broker_url)
    with django_db_blocker.unblock():
        use_broker(str(settings.CELERY_BROKER_URL))
        effect_table()
        stage = Stage(
            broker_url=str(settings.CELERY_BROKER_URL), folder=tmp_path_factory.mktemp("worker")
        )
        try:
            stage.begin([ONE_WORKER])
            yield stage
        finally:
            stage.end()
            use_broker(before)


def staying(page: Page) -> None:
    """A mark that a reload would take away."""
    page.evaluate("window.stayed = true")


def still_there(page: Page) -> bool:
    return bool(page.evaluate("window.stayed === true"))


def counting(company: Company, *, stage: Stage, stops: tuple[str, ...]) -> Job:
    return queue_up(
        count_bulk,
        stage=stage,
        points=stops,
        arguments={"steps": 5},
        total=5,
        org=company.org,
        by=company.user(Role.ADMIN),
        title="Count to five",
    )


def page_of(job: Job) -> str:
    return reverse("jobs:job-show", args=["acme", job.pk])


def test_an_admin_checks_the_system_and_sees_it_end(
    stage: Stage, company: Company, visitor: Visit
) -> None:
    person = visitor()
    page = person.arrive(company.user(Role.ADMIN), "/o/acme/jobs/")
    page.locator("summary", has_text="Check the system").click()
    page.get_by_role("button", name="Interactive").click()
    expect(page.locator("h1")).to_have_text("Check of the system, interactive queue")
    staying(page)

    expect(page.locator("#job-progress .badge")).to_have_text("Done", timeout=20_000)
    expect(page.locator("#job table tbody th")).to_contain_text(["Database", "Broker"])
    assert still_there(page)
    assert person.look("job-done") == []
    page.get_by_role("main").get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("row", name="Check of the system")).to_contain_text("Done")


def test_the_bar_moves_with_the_work(stage: Stage, company: Company, visitor: Visit) -> None:
    job = counting(company, stage=stage, stops=("between-2", "between-4"))
    stage.reached(job, "between-2")
    person = visitor()
    page = person.arrive(company.user(Role.ADMIN), page_of(job))
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("value", "2")
    staying(page)
    assert person.look("job-running") == []

    stage.let_go(job, "between-2")
    expect(bar).to_have_attribute("value", "4", timeout=10_000)
    stage.let_go(job, "between-4")
    expect(page.locator("#job-progress .badge")).to_have_text("Done", timeout=10_000)
    assert still_there(page)


def test_a_long_job_is_cancelled_from_its_page(
    stage: Stage, company: Company, visitor: Visit
) -> None:
    job = counting(company, stage=stage, stops=("between-2",))
    stage.reached(job, "between-2")
    page = visitor().arrive(company.user(Role.ADMIN), page_of(job))
    staying(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#job-progress")).to_contain_text("Stopping after the step")
    stage.let_go(job, "between-2")

    expect(page.locator("#job-progress .badge")).to_have_text("Cancelled", timeout=10_000)
    assert still_there(page)
    assert stage.finished(job).done == 2


def test_the_audit_trail_holds_the_journey_and_is_exported_as_shown(
    stage: Stage, company: Company, visitor: Visit
) -> None:
    person = visitor()
    page = person.sign_in(company.user(Role.ADMIN))
    person.open(reverse("users:member-change", args=["acme", company.people[Role.REP].pk]))
    page.get_by_label("Role").select_option("integrator")
    page.get_by_label("Reports to").select_option(label="Nobody")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile("/o/acme/members/$"))

    person.open("/o/acme/audit/")
    assert page.locator("#events tbody tr").count() >= 2
    changed = page.get_by_role("row", name="Role changed")
    expect(changed).to_contain_text("Amara Okafor")
    expect(changed).to_contain_text("Rosa Delgado")
    expect(page.get_by_role("row", name="Signed in")).to_contain_text("127.0.0.1")
    changed.get_by_role("link").click()
    expect(page.locator("#drawer-body")).to_contain_text("integrator")
    assert person.look("audit-drawer") == []
    person.wear(size="desktop", scheme="light")
    page.keyboard.press("Escape")
    shown = page.locator("#events tbody td:nth-child(2)").all_inner_texts()

    person.open("/o/acme/jobs/")
    page.get_by_role("button", name="Export the audit trail").click()
    link = page.get_by_role("link", name=re.compile(r"Download \d+ rows"))
    link.click(trial=True, timeout=20_000)
    with page.expect_download() as taken:
        link.click()
    assert taken.value.suggested_filename.startswith("audit-acme-")
    rows = list(csv.DictReader(Path(taken.value.path()).read_text("utf-8-sig").splitlines()))
    assert [row["Action"] for row in rows] == shown[::-1]
    assert rows[0]["E-mail"] == "amara@acme.example"

    person.open("/o/acme/audit/")
    expect(page.locator("#events tbody tr").first).to_contain_text("Export taken")
