"""A plan before a call in a real browser: asked for, written, edited, taken along."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from accounts.models import Opportunity
from assistant.models import CallPlan
from assistant.plans.tasks import write_plan
from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.deals import an_outlook
from tests.factories.facts import a_crm_user, an_account, an_opportunity
from tests.factories.jobs import RUNNING, SUCCEEDED


@pytest.fixture
def deal(company: Company) -> Opportunity:
    org = company.org
    seller = a_crm_user(org=org, name="Rosa Delgado", membership=company.people[Role.REP])
    mine: dict[str, Any] = {"org": org, "owner_ref": seller.external_id}
    account = an_account(**mine, name="Northwind Traders", industry="Retail")
    found = an_opportunity(
        **mine,
        name="Spring renewal",
        account_ref=account.external_id,
        amount=48_000,
        close_date=(timezone.now() + timedelta(days=40)).date(),
    )
    an_outlook(deal=found, probability=0.31, low=0.2, high=0.4)
    return found


def write() -> None:
    """As the worker does, which no process of this test is."""
    job = Job.objects.get(task=write_plan.name)
    Job.objects.filter(pk=job.pk).update(**RUNNING)
    write_plan.function(JobRun.of(Job.objects.get(pk=job.pk)))
    Job.objects.filter(pk=job.pk).update(**SUCCEEDED)


def test_a_rep_prepares_a_call(visitor: Visit, company: Company, deal: Opportunity) -> None:
    visit = visitor()
    page = visit.arrive(company.user(Role.REP), f"/o/acme/plans/deals/{deal.pk}/")
    page.get_by_role("button", name="Prepare the call").click()
    expect(page.get_by_text("0 of 9 sections")).to_be_visible()
    write()
    expect(page.get_by_text("claims checked")).to_be_visible()
    expect(page.locator("#section-summary")).to_contain_text("$48k")
    assert page.locator("#plan-poll[hx-get]").count() == 0, "it asks no more"
    page.get_by_role("link", name="Edit Risks and what to do about them").click()
    page.get_by_label("Text").fill("- Mine: ask **Julia** first.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#section-risks")).to_contain_text("Edited, not checked")
    assert visit.look("plan") == []
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF").click()
    words = " ".join(
        p.extract_text() for p in PdfReader(BytesIO(taken.value.path().read_bytes())).pages
    )
    assert "Mine: ask Julia first." in " ".join(words.split())
    plan = CallPlan.objects.get(org=company.org)
    assert plan.versions.count() == 2
