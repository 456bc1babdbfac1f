"""What customers bring: what is known of them at a moment, and what is written of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from accounts.customers.features import Customers
from accounts.customers.looks import moments_of
from accounts.customers.reading import read_deals, read_known
from accounts.models import Account, Opportunity
from crosssell.expansion import training
from crosssell.expansion.dataset import (
    ExpansionRows,
    brought,
    customers_now,
    dataset,
)
from crosssell.expansion.words import number_said, value_said, way_of
from crosssell.models import ExpansionScore
from crosssell.scheduled import foresee_on_schedule, learn_expansion_on_schedule
from crosssell.tasks import expanding
from revenue.jobs.models import Job
from revenue.jobs.running import JobError, JobRun, JobTask
from revenue.ml.frames import Frame
from revenue.ml.learned import NoModelError, NothingToLearnError
from revenue.ml.models import ModelRun
from revenue.ml.recording import Owner, record_and_promote
from revenue.ml.regression import Regressed
from revenue.users.models import Org
from tests.factories import facts
from tests.factories.jobs import a_job
from tests.factories.people import OrgFactory, UserFactory
from tests.factories.selling import an_expansion
from tests.ml.test_amounts import SETTINGS, amounts

AT = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def days(count: float) -> datetime:
    return AT + timedelta(days=count)


def a_deal(account: Account, *, since: float, ended: float | None, won: bool = True) -> Opportunity:
    """Open from one day on, and ended on another; saved when it began and when it ended."""
    own: dict[str, Any] = {"org": account.org, "account_ref": account.external_id}
    close = days(ended if ended is not None else 60).date()
    is_over = ended is not None
    deal = facts.an_opportunity(
        won=is_over and won,
        lost=is_over and not won,
        created_at=days(since),
        close_date=close,
        **own,
    )
    saved = {"org": account.org, "opportunity_ref": deal.external_id, "amount": deal.amount}
    saved |= {"currency": "USD", "close_date": close, "probability": 40.0}
    facts.a_stage_change(stage="Proposal", changed_at=days(since), **saved)
    if ended is not None:
        facts.a_stage_change(stage=deal.stage, changed_at=days(ended), **saved)
    return deal


@pytest.fixture
def org() -> Org:
    return OrgFactory(currency="USD")


@pytest.fixture
def account(org: Org) -> Account:
    found = facts.an_account(
        org=org, created_at=days(-700), industry="Steel", employees=120, extra={"Users__c": 40}
    )
    a_deal(found, since=-400, ended=-300)
    a_deal(found, since=-90, ended=-40)
    a_deal(found, since=-200, ended=-100, won=False)
    a_deal(found, since=-20, ended=None)
    product = facts.a_product(org=org, created_at=days(-900), family="Mills")
    about = {"org": org, "account_ref": found.external_id}
    facts.a_purchase(
        product_ref=product.external_id,
        purchased_at=days(-290),
        created_at=days(-290),
        **about,
    )
    for subject, kind in (
        ("On-site visit", "meeting"),
        ("Product demo", "meeting"),
        ("Executive briefing", "meeting"),
        ("Account review call", "call"),
        ("Lunch", "meeting"),
    ):
        facts.an_activity(
            subject=subject, kind=kind, happens_at=days(-10), created_at=days(-10), **about
        )
    facts.a_case(opened_at=days(-30), created_at=days(-30), **about)
    facts.a_contact(created_at=days(-500), **about)
    facts.a_source_field(org=org, object_name="Account", name="Users__c", type="integer", column="")
    facts.a_field_change(
        org=org,
        record="account",
        record_ref=found.external_id,
        field_name="Users__c",
        old_value="30",
        new_value="40",
        changed_at=days(-120),
    )
    return found


def features_of(org: Org) -> pd.DataFrame:
    return customers_now(org=org, as_of=AT).values


def test_what_was_known_is_told_in_numbers(org: Org, account: Account) -> None:
    row = features_of(org).iloc[0]
    told = {
        "revenue_90": 1000, "revenue_365": 2000, "won_deals": 2, "open_deals": 1,
        "open_amount": 1000, "open_expected": 400, "lost_deals_365": 1, "days_since_won": 40,
        "products": 1, "families": 1, "customer_days": 300, "visit_90": 1, "demo_90": 1,
        "executive_90": 1, "call_90": 1, "meeting_90": 1, "care_90": 4, "activities_30": 5,
        "cases_90": 1, "contacts": 1, "employees": 120, "own_Users__c": 40,
    }  # fmt: skip
    assert {name: pytest.approx(row[name], abs=0.01) for name in told} == told
    assert row["industry"] == "Steel"


def test_an_account_that_has_bought_nothing_is_no_customer(org: Org, account: Account) -> None:
    other = facts.an_account(org=org, created_at=days(-700))
    a_deal(other, since=-50, ended=-20, won=False)
    assert customers_now(org=org, as_of=AT).ids.tolist() == [account.external_id]


def test_what_came_after_the_moment_changes_no_feature(org: Org, account: Account) -> None:
    """Every kind of record is written and rewritten after it; the past stays as it was."""
    before = features_of(org)
    about = {"org": org, "account_ref": account.external_id}
    a_deal(account, since=-5, ended=30)
    a_deal(account, since=10, ended=30)
    still = Opportunity.objects.get(org=org, is_closed=False)
    facts.a_stage_change(
        org=org, opportunity_ref=still.external_id, stage="Closed Won", changed_at=days(9),
        amount=Decimal(99_000), currency="USD", close_date=days(9).date(), probability=100.0,
    )  # fmt: skip
    Opportunity.objects.filter(pk=still.pk).update(
        stage="Closed Won", is_closed=True, is_won=True, amount=99_000, corporate_amount=99_000
    )
    a_purchase = facts.a_purchase(purchased_at=days(3), created_at=days(3), **about)
    assert a_purchase.pk
    facts.a_purchase(purchased_at=days(-3), created_at=days(3), **about)
    facts.an_activity(happens_at=days(2), created_at=days(-2), **about)
    facts.an_activity(happens_at=days(-2), created_at=days(2), **about)
    facts.a_case(opened_at=days(4), created_at=days(4), **about)
    facts.a_contact(created_at=days(4), **about)
    for name, column, old, new in (
        ("Users__c", "", "40", "3"),
        ("industry", "industry", "Steel", "Food"),
        ("employees", "employees", "120", "9"),
    ):
        facts.a_field_change(
            org=org, record="account", record_ref=account.external_id, field_name=name,
            old_value=old, new_value=new, changed_at=days(20),
        )  # fmt: skip
        if column:
            Account.objects.filter(pk=account.pk).update(**{column: new})
    Account.objects.filter(pk=account.pk).update(extra={"Users__c": 3, "Churned_On__c": "2026"})
    after = features_of(org)
    # The deal that began before the moment was known then: it alone is one more that is open.
    changed = {name for name in before if before[name].iloc[0] != after[name].iloc[0]}
    unknown = {name for name in changed if pd.isna(before[name].iloc[0])}
    assert changed - unknown == {
        "open_deals", "open_amount", "open_expected", "new_deals_90", "days_since_deal",
    }  # fmt: skip
    assert after["open_deals"].iloc[0] == 2
    assert after["open_amount"].iloc[0] == 2000


def test_the_label_is_what_was_won_within_the_horizon(org: Org, account: Account) -> None:
    a_deal(account, since=-5, ended=30)
    a_deal(account, since=-5, ended=179)
    a_deal(account, since=-5, ended=181)
    a_deal(account, since=-5, ended=20, won=False)
    deals = read_deals(org=org, as_of=days(400))
    won = deals[deals["is_won"].astype(bool)]
    customers = Customers(read_known(org=org, as_of=AT))
    assert brought(customers, won, AT, horizon_days=180).tolist() == [2000.0]


def test_moments_end_a_horizon_before_now(org: Org, account: Account) -> None:
    won = read_deals(org=org, as_of=AT).query("is_won")
    found = moments_of(won, as_of=AT, horizon_days=90)
    assert found[-1] == days(-90)
    assert found[0] >= days(-300 + 60)
    assert moments_of(won.iloc[:0], as_of=AT, horizon_days=90) == []


def test_too_young_an_org_is_told_what_is_missing(org: Org) -> None:
    with pytest.raises(NothingToLearnError, match="Sync or import deals that were won"):
        training.learned(org=org, as_of=AT)
    with pytest.raises(NoModelError, match="train expansion"):
        training.score(org=org, as_of=AT)


def test_few_customers_are_too_little_to_learn_from(org: Org, account: Account) -> None:
    with pytest.raises(NothingToLearnError, match="Too little to learn a number from"):
        training.learned(org=org, as_of=AT)
    assert dataset(org=org, as_of=AT).frame.groups() == 1


@pytest.fixture(scope="module")
def models() -> dict[bool, Regressed]:
    rows = {one: amounts(has_signal=one) for one in (True, False)}
    return {
        one: training.learn(ExpansionRows(frame, AT, 180, {"Late": "why"}), SETTINGS)
        for one, frame in rows.items()
    }


def live(org: Org, found: Regressed) -> ModelRun:
    return record_and_promote(
        found, owner=Owner(org=org), as_of=AT, at=timezone.now(), frame=amounts()
    )


def test_a_scoring_sums_to_the_cent_and_replaces_the_one_before(
    org: Org, models: dict[bool, Regressed], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = live(org, models[True])
    assert run.state == "live"
    assert run.excluded_features == {"Late": "why"}
    customers_are(monkeypatch, amounts(seed=5))
    for at in (days(-1), AT, AT):
        said = training.score(org=org, as_of=at)
    assert said == {"run": run.pk, "as_of": AT.isoformat(), "source": "model", "customers": 150}
    rows = ExpansionScore.objects.of(org)
    assert rows.count() == 300
    for row in rows.newest():
        way = way_of(row, run.features, currency="USD")
        assert row.as_of == AT
        assert len(way.steps) <= 5
        assert way.base + sum(one.adds for one in way.steps) + way.rest == row.value
        assert 0 <= row.low <= row.value <= row.high
        assert row.values["industry"] in ("Steel", "Food")
    assert not any(rows.filter(is_latest=False).values_list("values", flat=True)[0])


def test_an_older_moment_stays_history(
    org: Org, models: dict[bool, Regressed], monkeypatch: pytest.MonkeyPatch
) -> None:
    live(org, models[True])
    customers_are(monkeypatch, amounts(seed=5))
    training.score(org=org, as_of=AT)
    training.score(org=org, as_of=days(-30))
    assert set(ExpansionScore.objects.of(org).newest().values_list("as_of", flat=True)) == {AT}


def test_a_model_that_is_not_ready_gives_a_plain_number_and_no_reasons(
    org: Org, models: dict[bool, Regressed], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = live(org, models[False])
    assert run.readiness == "not_ready"
    customers_are(monkeypatch, amounts(seed=5))
    assert training.score(org=org, as_of=AT)["source"] == "plain number"
    rows = list(ExpansionScore.objects.of(org).newest())
    assert {row.value for row in rows} == {training.cents(run.report["plain"]["value"])}
    assert not any(row.contributions for row in rows)


def test_the_job_goes_on_where_it_was_interrupted_and_shows_all_at_once(
    org: Org, models: dict[bool, Regressed], monkeypatch: pytest.MonkeyPatch
) -> None:
    live(org, models[True])
    customers_are(monkeypatch, amounts(seed=5))
    monkeypatch.setattr(training, "CHUNK", 40)
    job = a_job(org=org, running=True)
    write, most = training.write, 2
    written: list[int] = []

    def counted(rows: list[ExpansionScore]) -> None:
        if len(written) == most:
            raise ConnectionError
        written.append(len(rows))
        write(rows)

    monkeypatch.setattr(training, "write", counted)
    with pytest.raises(ConnectionError):
        expanding.score_expansion.function(JobRun.of(job))
    assert ExpansionScore.objects.of(org).count() == 80
    assert not ExpansionScore.objects.newest().exists()
    most = 99
    job.refresh_from_db()
    said = expanding.score_expansion.function(JobRun.of(job)) or {}
    assert said["customers"] == ExpansionScore.objects.newest().count() == 150
    assert written == [40, 40, 40, 30]


@pytest.mark.parametrize("task", [expanding.score_expansion, expanding.train_expansion])
def test_too_young_an_org_is_no_failure_unless_somebody_asked(org: Org, task: JobTask) -> None:
    said = task.function(JobRun.of(a_job(org=org, running=True))) or {}
    assert "nothing to learn from" in said["problem"]
    asked = a_job(org=org, running=True, started_by=UserFactory())
    with pytest.raises(JobError, match="Sync or import deals"):
        task.function(JobRun.of(asked))


def test_what_has_come_in_is_foreseen_anew_and_every_day(org: Org) -> None:
    expanding.after_sync(org=org, has_changed=True)
    job = Job.objects.get(org=org, task=expanding.score_expansion.name)
    assert job.dedupe_key == expanding.FORESEEING
    foresee_on_schedule(org.pk)
    learn_expansion_on_schedule(org.pk)
    tasks = Job.objects.filter(org=org).values_list("task", flat=True)
    names = [expanding.score_expansion.name, expanding.train_expansion.name]
    assert sorted(tasks) == sorted(names)
    assert PeriodicTask.objects.filter(name__endswith=f"expansion-{org.slug}").count() == 2


@pytest.mark.parametrize("command", ["train", "score", "evaluate"])
def test_each_command_says_what_is_missing(org: Org, command: str) -> None:
    with pytest.raises(CommandError, match=r"Sync or import|train expansion"):
        call_command(command, "expansion", "--org", org.slug, "--json")


def customers_are(monkeypatch: pytest.MonkeyPatch, frame: Frame) -> None:
    last = frame.take(frame.as_of == frame.as_of.max())
    last = replace(last, label=np.full(len(last), np.nan))
    monkeypatch.setattr(training, "customers_now", lambda **_: last)


def test_values_are_told_as_people_write_them() -> None:
    assert value_said("revenue_90", 12345.0, currency="USD") == "$12,345"
    assert value_said("seller_rate", -5.4, currency="EUR") == "−€5 a customer"
    assert value_said("won_share", 0.25, currency="USD") == "25%"
    assert value_said("industry", "Steel", currency="USD") == "Steel"
    assert value_said("industry", None, currency="USD") == "not known"
    assert number_said("own_Users_change", float(np.log(1.5)), currency="USD") == "+50%"
    assert number_said("days_since_won", 12.4, currency="USD") == "12"


def test_the_way_is_in_order_of_size_and_says_what_is_left() -> None:
    parts = {f"f{one}": float(one) for one in range(1, 8)}
    row = an_expansion(value=Decimal(128), base=Decimal(100), contributions=parts, values={"f7": 3})
    way = way_of(row, [{"name": "f7", "title": "Seven"}], currency="USD")
    assert [one.title for one in way.steps] == ["Seven", "f6", "f5", "f4", "f3"]
    assert way.steps[0].words == "Seven: 3"
    assert way.rest == Decimal(3)
