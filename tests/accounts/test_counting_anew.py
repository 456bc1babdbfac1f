"""An admin gives the org another currency: all amounts follow, those of past days too."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Opportunity, PipelineSnapshot
from accounts.sync.locks import org_lock
from accounts.sync.snapshot import take_snapshot
from accounts.tasks import count_anew
from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.jobs.running import RetryableError
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.facts import NOON, a_currency_rate, an_opportunity
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory


@pytest.fixture
def org() -> Org:
    found: Org = OrgFactory(slug="acme", currency="USD")
    for code, rate in (("USD", "1.25"), ("EUR", "1")):
        a_currency_rate(org=found, currency=code, rate=Decimal(rate), starts_date=date.min)
    for code, worth in (("USD", 100), ("EUR", 125)):
        an_opportunity(org=found, amount=100, currency=code, corporate_amount=worth)
    take_snapshot(org=found, at=NOON)
    return found


def amounts(org: Org) -> list[list[Decimal]]:
    return [
        sorted(model.objects.filter(org=org).values_list("corporate_amount", flat=True))
        for model in (Opportunity, PipelineSnapshot)
    ]


def change(client: Client, org: Org, **to: str) -> None:
    said = {"name": org.name, "timezone": "UTC", "currency": org.currency}
    said |= {"hierarchy": "managers", "fiscal_month": "1", **to}
    assert client.post(f"/admin/users/org/{org.pk}/change/", said).status_code == 302


@pytest.mark.django_db
def test_another_currency_in_the_admin_turns_all_amounts(org: Org, client: Client) -> None:
    client.force_login(MembershipFactory(org=org, role=Role.ADMIN).user)
    change(client, org, name="Acme Two")
    assert not Job.objects.filter(task=count_anew.name).exists()
    change(client, org, currency="EUR")
    job = Job.objects.get(task=count_anew.name)
    assert (job.org, job.title) == (org, f"Amounts of {org.name} in EUR")
    count_anew.function(JobRun.of(job))
    assert amounts(org) == [[Decimal(80), Decimal(100)]] * 2


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_a_sync_that_runs(org: Org) -> None:
    Org.objects.filter(pk=org.pk).update(currency="EUR")
    job = JobRun.of(a_job(org=org, task=count_anew.name, running=True))
    with org_lock(org_id=org.pk), pytest.raises(RetryableError):
        count_anew.function(job)
    assert amounts(org) == [[Decimal(100), Decimal(125)]] * 2
