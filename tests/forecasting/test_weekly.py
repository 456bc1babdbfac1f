"""The week: its facts, its page, its PDF, its mail."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_celery_beat.models import PeriodicTask
from pypdf import PdfReader

from forecasting.models import Forecast, WeeklyMail, WeeklyReader, WeeklyReport
from forecasting.schedule import ensure_schedules
from forecasting.weekly.mailing import mail_out, switch
from forecasting.weekly.making import make_report
from forecasting.weekly.pdf import pdf_of
from forecasting.weekly.tasks import report_week
from revenue.jobs.running import JobRun, RetryableError
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.deals import a_diagnosis, an_outlook
from tests.factories.facts import a_crm_user, an_opportunity
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory
from tests.factories.weekly import a_weekly_report

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 16)  # a Wednesday
NOW = datetime(2026, 9, 16, 8, tzinfo=UTC)


@pytest.fixture
def org() -> Org:
    found: Org = OrgFactory(slug="acme", name="Acme", clock_date=TODAY, data_as_of=NOW)
    return found


@pytest.fixture
def boss(org: Org) -> Membership:
    found: Membership = MembershipFactory(org=org, role=Role.EXECUTIVE)
    return found


@pytest.fixture
def client_of_boss(boss: Membership) -> Client:
    client = Client()
    client.force_login(boss.user)
    return client


def lines_of(report: WeeklyReport, title: str) -> list[dict[str, Any]]:
    section = next(one for one in report.facts if one["title"] == title)
    return list(section["lines"])


def test_each_fact_is_a_sentence_whose_number_opens_its_page(
    org: Org, client_of_boss: Client
) -> None:
    kept = a_diagnosis(org, mark="Retail")
    kept.made_at = NOW
    kept.save()
    seller = a_crm_user(org=org, external_id="u1")
    an_opportunity(
        org=org, external_id="d1", owner_ref=seller.external_id,
        created_at=NOW - timedelta(days=2), corporate_amount=Decimal(5000),
    )  # fmt: skip
    report = make_report(org=org, at=NOW)
    assert report.week == date(2026, 9, 14)
    assert (report.since, report.until) == (date(2026, 9, 9), TODAY)
    rate, cause = lines_of(report, "Win rate")
    assert rate["number"] == "30.0%"
    assert "Retail fell from 40% to 20%" in cause["words"]
    assert cause["path"] == f"/o/acme/why/{kept.pk}/deals/0/"
    missing = {one["title"]: one["missing"] for one in report.facts if not one["lines"]}
    assert missing["Deals at risk"] == "No deal has been scored yet."
    assert missing["Forecast"] == "The quarter has not been forecast yet."
    for section in report.facts:
        for line in section["lines"]:
            assert client_of_boss.get(line["path"]).status_code == 200, line


def test_the_riskiest_deals_are_named_and_open(org: Org, client_of_boss: Client) -> None:
    a_diagnosis(org)
    grave, closed = (
        an_opportunity(org=org, external_id=name, won=name == "gone", name=name.capitalize())
        for name in ("grave", "gone")
    )
    for deal in (grave, closed):
        an_outlook(deal=deal, grade="D", risk=80.0, corporate_amount=Decimal(7000))
    whole, first = lines_of(make_report(org=org, at=NOW), "Deals at risk")
    assert (whole["number"], whole["path"]) == ("$7k", "/o/acme/risk/?grade=D")
    assert "in 1 open deals of grade D" in whole["words"]
    assert first["words"].startswith("Grave: risk 80, 40% likely")
    assert client_of_boss.get(first["path"]).status_code == 200


def test_the_forecast_is_told_with_its_change_of_a_week(org: Org) -> None:
    a_diagnosis(org)
    for days, p50 in ((8, 100), (0, 90)):
        made = Forecast.objects.create(
            org=org, length="quarter", since=date(2026, 7, 1), until=date(2026, 10, 1),
            as_of=NOW - timedelta(days=days), made_at=NOW, is_latest=not days, source="model",
        )  # fmt: skip
        made.nodes.create(
            org=org, key="", parent=None, name="", is_total=True, p10=Decimal(80),
            p50=Decimal(p50), p90=Decimal(120), closed=Decimal(40), mean=Decimal(p50),
        )  # fmt: skip
    number, won = lines_of(make_report(org=org, at=NOW), "Forecast")
    assert number["number"] == "$90"
    assert "between $80 and $120; −$10 within the week" in number["words"].replace("-$", "−$")
    assert won["number"] == "$40"


def test_a_week_that_is_told_again_takes_the_place_of_itself(org: Org) -> None:
    make_report(org=org, at=NOW)
    again = make_report(org=org, at=NOW + timedelta(hours=2))
    assert WeeklyReport.objects.get() == again
    Org.objects.filter(pk=org.pk).update(clock_date=TODAY + timedelta(days=7))
    org.refresh_from_db()
    make_report(org=org, at=NOW)
    assert WeeklyReport.objects.count() == 2


def test_the_page_shows_the_newest_and_any_earlier_week(org: Org, client_of_boss: Client) -> None:
    assert b"No report of this week yet" in client_of_boss.get("/o/acme/why/weekly/").content
    assert client_of_boss.get("/o/acme/why/weekly/report.pdf").status_code == 404
    a_weekly_report(org, mark="Older", weeks_ago=1)
    newest = a_weekly_report(org, mark="Newest")
    with CaptureQueriesContext(connection) as few:
        page = client_of_boss.get("/o/acme/why/weekly/").content.decode()
    assert "Newest fell from 34%" in page
    assert "Older" not in page
    week = newest.week - timedelta(days=7)
    with CaptureQueriesContext(connection) as same:
        page = client_of_boss.get(f"/o/acme/why/weekly/?week={week}").content.decode()
    assert "Older fell from 34%" in page
    assert len(same) == len(few)
    paper = client_of_boss.get(f"/o/acme/why/weekly/report.pdf?week={week}")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert f"acme-week-{week}.pdf" in paper.headers["Content-Disposition"]


def text_of(paper: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)


def test_names_of_every_language_are_printed(org: Org) -> None:
    names = ("Müller & Söhne <GmbH>", "Łódź Śląsk", "Αθήνα ΑΕ", "Ørsted Ångström", "株式会社東京")
    report = a_weekly_report(org, mark=" / ".join(names))
    said = text_of(pdf_of(report))
    for name in names:
        assert name in said.replace("\n", " "), name
    assert "30.0%" in said
    assert "The quarter has no forecast yet." in said


def test_a_sheet_that_is_long_goes_on_over_the_page(org: Org) -> None:
    report = a_weekly_report(org)
    report.facts = report.facts * 30
    assert "page 2" in text_of(pdf_of(report))


def test_mail_goes_to_whoever_wants_it_and_once(org: Org, boss: Membership) -> None:
    report = a_weekly_report(org)
    silent = MembershipFactory(org=org, role=Role.EXECUTIVE)
    rep = MembershipFactory(org=org, role=Role.REP)
    for one in (boss, rep):
        switch(one, on=True, at=NOW)
    switch(silent, on=True, at=NOW)
    switch(silent, on=False, at=NOW)
    assert mail_out(report, at=NOW) == (1, 0)
    assert mail_out(report, at=NOW) == (0, 0)
    (sent,) = mail.outbox
    assert sent.to == [boss.user.email]
    assert "Retail fell from 34% to 21%" in str(sent.body)
    assert "/o/acme/why/weekly/#mail" in str(sent.body)
    assert sent.extra_headers["List-Unsubscribe"].endswith("/o/acme/why/weekly/#mail>")
    assert sent.attachments[0][2] == "application/pdf"
    assert WeeklyMail.objects.get().sent_at == NOW


def test_a_mail_that_did_not_go_out_is_tried_again(
    org: Org, boss: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_diagnosis(org)
    switch(boss, on=True, at=NOW)
    job = a_job(org=org, running=True, task=report_week.name, arguments={"mails": True})

    def refused(*_args: Any, **_more: Any) -> None:
        raise OSError("no route to the mail server")

    with monkeypatch.context() as patch:
        patch.setattr(EmailMultiAlternatives, "send", refused)
        with pytest.raises(RetryableError, match="1 mails"):
            report_week.function(JobRun.of(job))
    assert not WeeklyMail.objects.exists()
    job.refresh_from_db()
    assert (report_week.function(JobRun.of(job)) or {})["sent"] == 1
    assert (report_week.function(JobRun.of(job)) or {})["sent"] == 0
    assert len(mail.outbox) == 1
    assert WeeklyReport.objects.count() == 1


def test_the_mail_is_switched_on_and_off_on_the_page(
    org: Org, boss: Membership, client_of_boss: Client
) -> None:
    client_of_boss.post("/o/acme/why/weekly/mail/", {"on": "yes"})
    assert WeeklyReader.objects.get().membership == boss
    assert b"Stop sending it to me" in client_of_boss.get("/o/acme/why/weekly/").content
    client_of_boss.post("/o/acme/why/weekly/mail/", {"on": "no"})
    assert not WeeklyReader.objects.exists()


def test_a_week_is_made_when_somebody_asks_and_mails_nobody(
    org: Org, boss: Membership, client_of_boss: Client
) -> None:
    switch(boss, on=True, at=NOW)
    client_of_boss.post("/o/acme/why/weekly/start/")
    assert b"Reading the week" in client_of_boss.get("/o/acme/why/weekly/").content
    assert not mail.outbox


def test_monday_morning_is_the_orgs_own(org: Org) -> None:
    Org.objects.filter(pk=org.pk).update(timezone="Europe/Berlin")
    org.refresh_from_db()
    ensure_schedules(org=org)
    task = PeriodicTask.objects.get(name="week-acme")
    assert json.loads(task.kwargs) == {"org_id": org.pk}
    crontab = task.crontab
    assert crontab is not None
    assert (crontab.day_of_week, crontab.hour, str(crontab.timezone)) == ("1", "6", "Europe/Berlin")
    org.timezone = "Asia/Tokyo"
    ensure_schedules(org=org)
    task.refresh_from_db()
    assert task.crontab is not None
    assert str(task.crontab.timezone) == "Asia/Tokyo"


def test_another_orgs_week_is_not_read(org: Org, client_of_boss: Client) -> None:
    a_weekly_report(OrgFactory(slug="other"), mark="Theirs")
    assert b"Theirs" not in client_of_boss.get("/o/acme/why/weekly/").content
    assert client_of_boss.get("/o/other/why/weekly/").status_code == 404
