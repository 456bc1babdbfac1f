"""Files as an admin brings them: explained, seen as they would land, imported by a real worker."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker

from accounts.models import Opportunity
from revenue.celery import app
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit, Visitor
from tests.jobs.stage import Stage, use_broker

pytestmark = pytest.mark.services
NAMES = ["Robots for the north", "Drones", "Sensors; and cables", "A line of lasers", "Pumps"]
HEADER = "Deal ref;Deal;Customer;Sales rep;Phase;Value;Expected close;Region\n"


def deals() -> str:
    phases = ["Gewonnen", "Offer", "Lost", "Negotiation"]
    lines = [
        f'D{number};"{NAMES[number % 5]}";Customer {number % 7};Rep {number % 3};'
        f"{phases[number % 4]};{number}.200,50;{1 + number % 28:02}.10.2016;=Region({number % 3})\n"
        for number in range(1, 41)
    ]
    lines[6] = lines[6].replace("7.200,50", "a lot")
    lines[11] = lines[11].rsplit(";", 1)[0] + "\n"
    return HEADER + "".join(lines)


@pytest.fixture(scope="module")
def stage(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    before = str(app.conf.broker_url)
    with django_db_blocker.unblock():
        use_broker(str(settings.CELERY_BROKER_URL))
        stage = Stage(
            broker_url=str(settings.CELERY_BROKER_URL), folder=tmp_path_factory.mktemp("worker")
        )
        try:
            stage.begin(["bulk"])
            yield stage
        finally:
            stage.end()
            use_broker(before)


def bring(person: Visitor, *files: Path) -> list[str]:
    page = person.page
    page.set_input_files("#import-files", files)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Not known", exact=True)).to_be_visible()
    expect(page.get_by_text("budget.csv is an Excel workbook or a zip")).to_be_visible()
    expect(page.get_by_role("button", name="Import", exact=True)).to_have_count(0)
    return person.look("imports-brought")


def explain(person: Visitor) -> list[str]:
    page = person.page
    page.get_by_role("link", name="Say what its columns are").click()
    preview = page.locator("#preview")
    expect(preview.get_by_text("Of the first 40 rows 2 would be refused")).to_be_visible()
    expect(page.get_by_label("Each row is")).to_have_value("Opportunity")
    expect(page.get_by_label("Value goes to")).to_have_value("column:amount")
    expect(page.get_by_role("checkbox", name="Gewonnen").first).to_be_checked()
    page.get_by_label("Region goes to").select_option("skip")
    expect(preview.get_by_role("columnheader", name="Region")).to_have_count(0)
    wrong = person.look("imports-columns")
    page.get_by_label("Region goes to").select_option("column:stage")
    expect(preview.get_by_text("is filled by “Phase” already")).to_be_visible()
    page.get_by_label("Region goes to").select_option("")
    expect(preview.get_by_role("columnheader", name="Region")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    return wrong


def taken(page: Page, *, link: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_an_admin_brings_explains_and_imports_a_file_and_takes_what_was_refused(
    stage: Stage, company: Company, visitor: Visit, tmp_path: Path
) -> None:
    (tmp_path / "pipeline.csv").write_text(deals())
    (tmp_path / "budget.csv").write_bytes(b"PK\x03\x04" + bytes(64))
    person = visitor()
    page = person.arrive(company.user(Role.ADMIN), "/o/acme/imports/")
    expect(page.get_by_text("No file has been uploaded yet")).to_be_visible()
    wrong = person.look("imports-empty")
    wrong += bring(person, tmp_path / "pipeline.csv", tmp_path / "budget.csv")
    wrong += explain(person)
    expect(page.get_by_text("Columns are known", exact=True)).to_be_visible()
    assert "file: pipeline.csv" in taken(page, link="mapping.yaml")

    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Rows accepted")).to_be_visible(timeout=30_000)
    expect(page.locator(".tile", has_text="Rows accepted")).to_contain_text("38")
    expect(page.locator(".tile", has_text="Rows refused")).to_contain_text("2")
    expect(page.get_by_text("“Value” is “a lot”, which is no number.").first).to_be_visible()
    wrong += person.look("imports-done")
    rows = list(csv.DictReader(io.StringIO(taken(page, link="Refused rows"))))
    assert [(row["File"], row["Line"]) for row in rows] == [
        ("pipeline.csv", "8"),
        ("pipeline.csv", "13"),
    ]
    assert rows[0]["Region"] == "'=Region(1)"
    assert Opportunity.objects.of(company.org).filter(is_won=True).count() == 9

    page.get_by_role("main").get_by_role("link", name="Imports").click()
    expect(page.get_by_role("row", name="pipeline.csv")).to_contain_text("Imported")
    wrong += person.look("imports-history")
    assert wrong == []
