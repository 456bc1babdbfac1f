"""From an org that knows nothing to one that mirrors its CRM: in a browser, by a real worker."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as configured
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker, Settings

from accounts.models import Opportunity
from revenue.celery import app
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.jobs.stage import Stage, use_broker
from tests.salesforce import Simulator
from tests.salesforce.routes import Request

pytestmark = pytest.mark.services
PATIENCE_MS = 30_000


class Gate:
    """Holds the rows back while somebody looks at the bar."""

    def __init__(self, simulator: Simulator) -> None:
        self.open = threading.Event()
        self.server: Any = simulator._server
        self.respond = self.server.respond
        self.server.respond = self.wait

    def wait(self, request: Request) -> Any:
        if "/query" in request.target and "Organization" not in request.target:
            self.open.wait(60)
        return self.respond(request)

    def leave(self) -> None:
        self.open.set()
        self.server.respond = self.respond


@dataclass
class Reaching(Stage):
    """Its worker may reach the simulator, and trusts it."""

    trusts: str = ""

    def environment(self) -> dict[str, str]:
        reach = {"SALESFORCE_HOSTS": "127.0.0.1", "REQUESTS_CA_BUNDLE": self.trusts}
        return super().environment() | reach


@pytest.fixture(scope="module")
def salesforce() -> Iterator[Simulator]:
    with Simulator(seed=8, rows=30) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def stage(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    salesforce: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    before, url = str(app.conf.broker_url), str(configured.CELERY_BROKER_URL)
    with django_db_blocker.unblock():
        use_broker(url)
        folder = tmp_path_factory.mktemp("sync-worker")
        stage = Reaching(broker_url=url, folder=folder, trusts=str(salesforce.ca_path))
        try:
            stage.begin(["interactive,bulk"])
            yield stage
        finally:
            stage.end()
            use_broker(before)


@pytest.fixture
def org(company: Company, settings: Settings) -> Org:
    settings.SALESFORCE_HOSTS = ["127.0.0.1"]
    company.org.kind = Org.Kind.SALESFORCE
    company.org.save()
    return company.org


def connect(page: Page, simulator: Simulator, *, secret: str) -> None:
    told = simulator.credentials("client_credentials")
    page.get_by_role("link", name="Client credentials").click()
    page.get_by_label("My Domain").fill(told["login_url"])
    page.get_by_label("Consumer key").fill(told["client_id"])
    page.get_by_label("Consumer secret").fill(secret)
    page.get_by_role("button", name="Save and test").click()


def test_an_admin_connects_an_org_and_watches_its_first_sync(
    stage: Stage, company: Company, org: Org, salesforce: Simulator, visitor: Visit
) -> None:
    person = visitor()
    page = person.arrive(company.user(Role.ADMIN), "/o/acme/sync/")
    expect(
        page.get_by_role("heading", name="Acme Instruments is not connected yet")
    ).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Connect", exact=True).click()
    connect(page, salesforce, secret="a wrong one")
    expect(page.locator("#trial")).to_contain_text("The last test failed.", timeout=PATIENCE_MS)
    expect(page.locator("#trial")).to_contain_text("Needs sign-in")
    problems = person.look("connection-refused")
    person.open("/o/acme/jobs/")
    expect(page.get_by_role("alert")).to_contain_text("The CRM no longer accepts our sign-in.")
    page.get_by_role("link", name="Renew the credential").click()
    right = salesforce.credentials("client_credentials")["secrets"]["client_secret"]
    page.get_by_label("Consumer secret").fill(right)
    page.get_by_role("button", name="Test and replace").click()
    expect(page.locator("#trial")).to_contain_text("The last test went well.", timeout=PATIENCE_MS)
    expect(page.locator("#trial")).to_contain_text("Signed in to")
    expect(page.locator("#trial .badge")).to_have_text("Working")
    assert right not in page.content()

    page.get_by_role("link", name="Data").first.click()
    expect(page.get_by_role("heading", name="Never synced")).to_be_visible()
    gate = Gate(salesforce)
    try:
        page.get_by_role("button", name="Sync now").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.locator("#live .badge").first).to_have_text("Running", timeout=PATIENCE_MS)
        page.evaluate("window.stayed = true")
        problems += person.look("sync-running")
    finally:
        gate.leave()
    person.wear(size="desktop", scheme="light")
    expect(page.locator("#past")).to_contain_text("Last syncs", timeout=PATIENCE_MS)
    expect(page.locator("#data-as-of")).to_contain_text("30 Jun 2026")
    assert page.evaluate("window.stayed === true")
    assert_counts(page, salesforce, org)
    problems += person.look("sync-done")
    assert problems == [], "\n".join(problems)


def assert_counts(page: Page, salesforce: Simulator, org: Org) -> None:
    expected = len(salesforce.store.ids("Opportunity"))
    assert Opportunity.objects.filter(org=org, deleted_at=None).count() == expected
    row = page.get_by_role("row", name=re.compile("^Opportunity Equal"))
    cells = row.get_by_role("cell").all_inner_texts()
    assert cells[1:3] == [str(expected), str(expected)]


def test_who_is_no_admin_reads_the_state_and_reaches_no_connection(
    company: Company, org: Org, visitor: Visit
) -> None:
    person = visitor(expected=[403])
    page = person.arrive(company.user(Role.REP), "/o/acme/sync/")
    expect(page.get_by_role("main")).to_contain_text("Ask Amara Okafor")
    expect(page.get_by_role("link", name="Connection")).to_have_count(0)
    expect(page.get_by_role("button", name="Sync now")).to_have_count(0)
    answer = page.goto(person.base + "/o/acme/connection/")
    assert answer is not None
    assert answer.status == 403
