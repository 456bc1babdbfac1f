"""A deal in a real browser: why it stands where it stands, what is done about it, and by whom."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Opportunity
from forecasting import acting
from forecasting.models import DealAction, Play
from forecasting.tasks import suggest_anew
from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.ml.models import ModelRun
from revenue.users.roles import Role
from tests.e2e.conftest import Company, Visit
from tests.factories.deals import a_play, a_score, an_analysis, an_outlook
from tests.factories.facts import (
    a_crm_user,
    a_stage_change,
    an_account,
    an_activity,
    an_opportunity,
)
from tests.factories.jobs import RUNNING, SUCCEEDED
from tests.factories.models import a_model_run

DAY = timedelta(days=1)
REASONS = (
    ("days_since_meeting", "Meetings", "no meeting in 21 days", -0.13, 0.12),
    ("amount_log", "Amount", "$48,000, larger than most", -0.06, 0.24),
    ("incoming_30", "E-mails from the customer", "6 e-mails within 30 days", 0.11, 0.44),
    ("pushes", "Pushes of the close date", "pushed twice", -0.05, 0.22),
    ("senior_met", "Contacts", "a director has been met", 0.04, 0.38),
)
PARTS = (
    ("chance", "Chance of not being won", "24% likely to be won", 0.76, 0.4, 30.4),
    ("value", "Value beside open deals", "larger than 80% of open deals", 0.8, 0.15, 12.0),
    ("velocity", "Velocity", "pushed twice", 0.67, 0.2, 13.4),
    ("stagnation", "Stagnation", "21 days since the last activity", 0.75, 0.25, 18.8),
)


@dataclass
class Desk:
    company: Company
    deal: Opportunity
    run: ModelRun

    @property
    def address(self) -> str:
        return f"/o/acme/deals/{self.deal.pk}/"


def steps() -> dict[str, Any]:
    listed = [
        {
            "name": name,
            "title": title,
            "words": words,
            "contribution": points * 4,
            "points": points,
            "base_rate": {
                "won": won,
                "against": 0.31,
                "deals": 214,
                "words": f"{won * 100:.0f} % of such deals were won, against 31 %",
            },
        }
        for name, title, words, points, won in REASONS
    ]
    rest = {"title": "Everything else", "contribution": 0.1, "points": 0.02}
    return {"source": "model", "base": 0.31, "steps": listed, "rest": rest, "total": 0.24}


@pytest.fixture
def desk(company: Company) -> Desk:
    org, now = company.org, timezone.now()
    boss = a_crm_user(org=org, name="Marcus Webb", membership=company.people[Role.MANAGER])
    seller = a_crm_user(
        org=org,
        name="Rosa Delgado",
        membership=company.people[Role.REP],
        manager_ref=boss.external_id,
    )
    mine: dict[str, Any] = {"org": org, "owner_ref": seller.external_id}
    account = an_account(**mine, name="Northwind Traders")
    deal = an_opportunity(
        **mine,
        name="Spring renewal",
        account_ref=account.external_id,
        amount=48_000,
        corporate_amount=48_000,
        close_date=(now + 40 * DAY).date(),
        created_at=now - 60 * DAY,
    )
    about = {"org": org, "opportunity_ref": deal.external_id}
    path = ((60, "Qualification", 40_000), (30, "Discovery", 40_000), (14, "Proposal", 48_000))
    for age, stage, amount in path:
        at = now - age * DAY
        a_stage_change(**about, stage=stage, amount=amount, changed_at=at, close_date=at.date())
    for number in range(8):
        an_activity(**mine, opportunity_ref=deal.external_id, happens_at=now - number * DAY)
    like = [an_opportunity(**mine, name=f"Like {nth}", won=nth % 2 == 0) for nth in range(4)]
    run = a_model_run(
        org=org,
        live=True,
        features=[{"name": name, "title": title} for name, title, *_ in REASONS],
    )
    for back in range(30):
        a_score(
            deal=deal,
            run=run,
            as_of=now - back * DAY,
            probability=0.24 + back / 150,
            is_latest=back == 0,
            contributions={name: points * 4 for name, _, _, points, _ in REASONS},
            won_by=[0.24 * week / 26 for week in range(1, 27)],
            lost_by=[0.6 * week / 26 for week in range(1, 27)],
        )
    an_analysis(
        deal=deal,
        run=run,
        steps=steps(),
        values={"pushes": 2.0},
        moves=[
            {"name": "book_meeting", "title": "Book a meeting", "change": "no meeting in 21 days",
             "probability": 0.36, "points": 0.12},
            {"name": "set_next_step", "title": "Set a next step", "change": "",
             "probability": 0.28, "points": 0.04},
        ],
        similar={"won": [one.external_id for one in like[::2]], "lost": [like[1].external_id]},
    )  # fmt: skip
    names = ("name", "title", "value", "part", "weight", "points")
    parts = [dict(zip(names, part, strict=True)) | {"known": True} for part in PARTS]
    an_outlook(
        deal=deal,
        run=run,
        as_of=now,
        probability=0.24,
        low=0.17,
        high=0.33,
        risk=74.6,
        risk_parts=parts,
        grade="D",
        trend="declining",
        warnings=["no_activity", "pushed"],
        facts={"days_since_activity": 21.0, "days_since_third_push": 120.0},
        probability_before=0.29,
        risk_before=66.0,
    )
    a_play(org=org, trigger="no_activity", title="Call the main contact", position=0)
    a_play(org=org, trigger="book_meeting", title="Book a meeting", position=1)
    a_play(org=org, trigger="pushed", title="Go through the plan", position=2)
    acting.suggest(org=org, at=now)
    return Desk(company=company, deal=deal, run=run)


def all_came(page: Page) -> None:
    expect(page.locator(".panel-waits")).to_have_count(0, timeout=15_000)


def test_a_rep_reads_why_acts_and_notes_and_the_manager_sees_it(desk: Desk, visitor: Visit) -> None:
    person = visitor(expected={422})
    page = person.arrive(desk.company.user(Role.REP), "/o/acme/deals/")
    page.get_by_role("link", name="Spring renewal").click()
    reads_why(page)
    decides(page)
    writes_a_note(page)
    assert page.url.endswith(desk.address)
    assert person.axe() == []
    manager_sees(desk, visitor)


def reads_why(page: Page) -> None:
    all_came(page)
    outlook = page.locator("#deal-outlook")
    expect(outlook).to_contain_text("24%")
    expect(outlook).to_contain_text("Close date pushed three times")
    expect(page.locator("#deal-reasons")).to_contain_text("no meeting in 21 days")
    expect(page.locator("#deal-reasons")).to_contain_text("12 % of such deals were won")
    page.get_by_role("link", name="Every reason").click()
    expect(page.locator("#deal-every-reason tbody tr")).to_have_count(5)


def decides(page: Page) -> None:
    acts = page.locator("#deal-actions")
    page.get_by_role("button", name="Accept Call the main contact").click()
    expect(acts).to_contain_text("Accepted by Rosa Delgado")
    expect(page.get_by_text("Accepted.", exact=True)).to_be_visible()
    acts.locator("summary", has_text="Dismiss Go through the plan").click()
    page.get_by_role("button", name="Dismiss it").last.click()
    expect(acts).to_contain_text("Say why not")
    acts.get_by_label("Why not?").and_(page.locator("[aria-invalid]")).fill("They are on holiday")
    page.get_by_role("button", name="Dismiss it").last.click()
    expect(acts.get_by_text("“They are on holiday”")).to_be_visible()


def writes_a_note(page: Page) -> None:
    notes = page.locator("#deal-notes")
    notes.get_by_label("Note").fill("   ")
    page.get_by_role("button", name="Add note").click()
    expect(notes).to_contain_text("Write something first.")
    notes.get_by_label("Note").fill("Asked <b>Ada</b> for a date")
    page.get_by_role("button", name="Add note").click()
    expect(notes.get_by_text("Asked <b>Ada</b> for a date")).to_be_visible()
    notes.get_by_role("link", name="Edit").click()
    notes.locator("li").get_by_label("Note").fill("Asked Ada, who answers on Monday")
    page.get_by_role("button", name="Save").click()
    expect(notes.get_by_text("Asked Ada, who answers on Monday")).to_be_visible()


def manager_sees(desk: Desk, visitor: Visit) -> None:
    boss = visitor()
    page = boss.arrive(desk.company.user(Role.MANAGER), desk.address)
    all_came(page)
    expect(page.locator("#deal-actions")).to_contain_text("Accepted by Rosa Delgado")
    expect(page.locator("#deal-notes")).to_contain_text("Asked Ada, who answers on Monday")
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    page.get_by_role("button", name="Mark as done Call the main contact").click()
    expect(page.locator("#deal-actions")).to_contain_text("Marked as done by Marcus Webb")
    page.get_by_role("button", name="Undo Call the main contact").click()
    expect(page.get_by_role("button", name="Mark as done Call the main contact")).to_be_visible()
    call = DealAction.objects.get(title="Call the main contact")
    assert [each["state"] for each in call.past] == ["accepted", "done", "undone"]


@pytest.mark.parametrize("role", [Role.REP, Role.EXECUTIVE], ids=str)
def test_the_page_of_a_deal_looks_right(desk: Desk, visitor: Visit, role: Role) -> None:
    person = visitor()
    page = person.arrive(desk.company.user(role), desk.address)
    all_came(page)
    problems = person.look(f"deal-{role}")
    assert problems == [], "\n".join(problems)
    is_reader = role == Role.EXECUTIVE
    expect(page.locator("#deal-outlook").get_by_role("link", name="the model of")).to_have_count(
        1 if is_reader else 0
    )


def test_a_deal_that_was_won_says_what_was_foreseen(desk: Desk, visitor: Visit) -> None:
    Opportunity.objects.filter(pk=desk.deal.pk).update(
        is_closed=True, is_won=True, stage="Closed Won"
    )
    person = visitor()
    page = person.arrive(desk.company.user(Role.REP), desk.address)
    all_came(page)
    expect(page.locator("#deal-outlook")).to_contain_text("It was won")
    problems = person.look("deal-won")
    assert problems == [], "\n".join(problems)


def test_a_deal_is_worked_on_without_script(desk: Desk, visitor: Visit) -> None:
    person = visitor(scripts=False, expected={422})
    page = person.arrive(desk.company.user(Role.REP), desk.address)
    page.get_by_role("link", name="Outlook").click()
    expect(page.locator("#deal-reasons")).to_contain_text("no meeting in 21 days")
    page.get_by_role("button", name="Accept Book a meeting").click()
    expect(page.locator("#deal-actions")).to_contain_text("Accepted by Rosa Delgado")
    page.get_by_role("textbox", name="Note").fill("By hand")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#deal-notes")).to_contain_text("By hand")
    person.shoot("deal-without-script")


def work_off(desk: Desk) -> None:
    """What a worker does, who is not there: the page waits for it."""
    jobs = Job.objects.filter(org=desk.company.org, task=suggest_anew.name).unfinished()
    for pk in list(jobs.values_list("pk", flat=True)):
        Job.objects.filter(pk=pk).update(**RUNNING)
        suggest_anew.function(JobRun.of(Job.objects.get(pk=pk)))
        Job.objects.filter(pk=pk).update(**SUCCEEDED)


def test_an_admin_writes_the_playbook(desk: Desk, visitor: Visit) -> None:
    person = visitor(expected={422})
    page = person.arrive(desk.company.user(Role.ADMIN), "/o/acme/risk/plays/")
    plays = page.locator(".plays a")
    expect(plays).to_have_text(["Call the main contact", "Book a meeting", "Go through the plan"])
    page.get_by_role("button", name="Suggest Book a meeting earlier").click()
    expect(plays.first).to_have_text("Book a meeting")
    page.get_by_role("button", name="Switch off Book a meeting").click()
    expect(page.get_by_role("button", name="Switch on Book a meeting")).to_be_visible()
    work_off(desk)
    page.reload()
    assert not DealAction.objects.filter(title="Book a meeting").exists()
    problems = person.look("playbook")
    assert problems == [], "\n".join(problems)
    person.wear(size="desktop", scheme="light")
    page.get_by_role("link", name="New play").click()
    drawer = page.locator("#drawer-body")
    drawer.get_by_label("Suggest it where").select_option("ghosted")
    drawer.get_by_label("What to do").fill("Reach them another way")
    drawer.get_by_role("button", name="Save").click()
    expect(plays).to_have_count(4)
    assert Play.objects.get(trigger="ghosted").position == 3
