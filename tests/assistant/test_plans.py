"""Plans before calls: written as a job, checked, edited, compared, taken along."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document
from pypdf import PdfReader

from accounts.models import Opportunity
from assistant.models import CallPlan, PlanSection
from assistant.plans import changing
from assistant.plans.making import plan_for
from assistant.plans.reading import page_of
from assistant.plans.sections import KEYS
from assistant.plans.tasks import start_writing, write_plan
from revenue.jobs import running
from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.users.roles import Role
from tests.assistant.planning import DAY, OBJECTION, Desk, a_desk, done
from tests.assistant.writer_server import Answer, Heard, WriterServer
from tests.factories import facts
from tests.factories.jobs import RUNNING
from tests.factories.words_plans import a_plan, a_version
from tests.factories.words_writers import a_writer_policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Desk:
    return a_desk(client)


def test_a_plan_is_specific_and_every_figure_in_it_is_found_again(desk: Desk) -> None:
    reader = desk.people[Role.REP]
    plan = plan_for(reader=reader, deal=desk.deal, at=timezone.now())
    said = {
        each.key: " ".join(c.text for point in each.points for c in point.claims)
        for each in plan.sections
    }
    assert tuple(said) == KEYS
    assert plan.counted["struck"] == 0
    assert plan.counted["figures"] > 10
    assert "$48k" in said["summary"]
    assert "31%" in said["summary"]
    assert "−8.2 points" in said["summary"]
    assert "Julia" in said["summary"]
    assert sum(OBJECTION in text for text in said.values()) == 1, "what is quoted is quoted once"
    assert "Northbeam" in said["competition"]
    assert "+7 points, from 31% to 38%" in said["actions"]
    assert all(point.claims for section in plan.sections for point in section.points)
    for section in plan.sections:
        for point in section.points:
            for claim in point.claims:
                assert all(key in plan.sources for key in claim.sources)


def test_a_bare_deal_says_what_is_missing_and_asks(desk: Desk) -> None:
    bare = facts.an_opportunity(
        org=desk.org, name="New one", owner_ref="u-rep", stage="Discovery", amount=None
    )
    reader = desk.people[Role.REP]
    plan = plan_for(reader=reader, deal=bare, at=timezone.now())
    text = " ".join(
        f"{point.lead} {claim.text}"
        for each in plan.sections
        for point in each.points
        for claim in point.claims
    )
    assert plan.counted["struck"] == 0
    assert "no amount yet" in text
    assert "Why they would buy is not on record" in text
    assert "Nobody at the customer has a role" in text
    assert text.count("?”") >= 4


def test_questions_to_the_database_do_not_grow_with_the_deal(desk: Desk) -> None:
    reader = desk.people[Role.REP]

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            plan_for(reader=reader, deal=desk.deal, at=timezone.now())
        return len(seen)

    asked()
    before = asked()
    for number in range(12):
        facts.an_activity(
            org=desk.org,
            kind="call",
            subject=f"Call {number}",
            description=f"Price is the topic, {number}.",
            opportunity_ref=desk.deal.external_id,
            owner_ref="u-rep",
            happens_at=timezone.now() - number * DAY,
            is_done=True,
        )
    assert asked() <= before + 2
    assert before < 60


def test_the_button_writes_section_by_section_and_the_page_asks_for_what_changed(
    desk: Desk,
) -> None:
    page = desk.opens().get(desk.url("deal-panel", desk.deal.pk), headers={"HX-Request": "true"})
    assert "Prepare the call" in page.content.decode()
    plan = desk.started()
    html = desk.client.get(plan.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 400ms"' in html
    poll = html.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    assert desk.client.get(poll).status_code == 204, "nothing has changed"
    done(plan)
    said = desk.client.get(poll).content.decode()
    assert said.count('hx-swap-oob="true"') >= len(KEYS)
    assert "every 400ms" not in said
    html = desk.client.get(plan.get_absolute_url()).content.decode()
    assert "claims checked" in html
    assert 'class="source"' in html
    assert f"/o/acme/deals/{desk.deal.pk}/" in html


def test_who_is_cancelled_keeps_what_was_written(desk: Desk) -> None:
    plan = desk.started()
    desk.client.post(desk.url("plan-cancel", plan.pk))
    html = desk.client.get(plan.get_absolute_url()).content.decode()
    assert "It was stopped" in html
    desk.client.post(desk.url("plan-again", plan.pk))
    done(plan)
    version = changing.newest_of(plan)
    assert version is not None
    assert (version.number, version.state) == (2, "ready")


def test_edits_are_versions_and_marked_as_a_persons(desk: Desk) -> None:
    plan = desk.written()
    answer = desk.client.post(
        desk.url("plan-edit", plan.pk, "risks"), {"text": "- Mine, with 99 % <script>x</script>"}
    )
    assert answer.status_code == 302
    html = desk.client.get(plan.get_absolute_url()).content.decode()
    assert "Edited, not checked" in html
    assert "Mine, with 99 %" in html
    assert "<script>x" not in html
    shown = desk.client.get(desk.url("plan-versions", plan.pk) + "?one=1&two=2").content.decode()
    assert "<ins>" in shown
    assert "<del>" in shown
    desk.client.post(desk.url("plan-restore", plan.pk), {"version": "1"})
    html = desk.client.get(plan.get_absolute_url()).content.decode()
    assert "version 3" in html
    assert "Mine, with 99 %" not in html
    assert (
        desk.client.post(desk.url("plan-edit", plan.pk, "risks"), {"text": " "}).status_code == 422
    )


def test_one_section_is_written_again_and_the_others_stay(desk: Desk) -> None:
    plan = desk.written()
    changing.edit(plan, key="needs", text="Kept.", by=desk.people[Role.REP].user, at=timezone.now())
    desk.opens().post(desk.url("plan-again", plan.pk), {"section": "risks"})
    done(plan)
    page = page_of(plan, reader=desk.people[Role.REP], at=timezone.now())
    assert page is not None
    by = {each.key: each.row.by for each in page.sections}
    assert (by["needs"], by["risks"]) == ("person", "composer")
    assert page.version.about == "risks"


def test_on_paper_it_says_the_same(desk: Desk) -> None:
    plan = desk.written()
    pdf = desk.client.get(desk.url("plan-pdf", plan.pk)).content
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    docx = Document(BytesIO(desk.client.get(desk.url("plan-docx", plan.pk)).content))
    words = " ".join(each.text for each in docx.paragraphs)
    for said in (text, words):
        flat = " ".join(said.split())
        assert "Granite 2024 expansion" in flat
        assert "Risks and what to do about them" in flat
        assert "claims checked" in flat
        assert "[[" not in flat
        assert "**" not in flat


def test_a_vote_is_kept_with_its_reason(desk: Desk) -> None:
    plan = desk.written()
    desk.client.post(desk.url("plan-vote", plan.pk), {"up": "no", "reason": "Too long."})
    desk.client.post(desk.url("plan-vote", plan.pk), {"up": "yes", "reason": "Better."})
    vote = plan.versions.get().votes.get()
    assert (vote.is_up, vote.reason) == (True, "Better.")
    assert desk.client.post(desk.url("plan-vote", plan.pk), {"up": "perhaps"}).status_code == 302


@pytest.mark.parametrize(
    ("maker", "reader", "sees"),
    [
        (Role.REP, Role.MANAGER, True),
        (Role.REP, Role.EXECUTIVE, True),
        (Role.REP, Role.INTEGRATOR, False),
        (Role.MANAGER, Role.REP, False),
        (Role.EXECUTIVE, Role.MANAGER, False),
        (Role.EXECUTIVE, Role.REP, False),
    ],
)
def test_a_plan_is_for_its_maker_and_for_those_above(
    desk: Desk, maker: Role, reader: Role, sees: bool
) -> None:
    plan = a_plan(deal=desk.deal, by=desk.people[maker].user, role=maker)
    rows = CallPlan.objects.visible_to(desk.people[reader])
    assert rows.filter(pk=plan.pk).exists() == sees
    assert CallPlan.objects.visible_to(desk.people[maker]).filter(pk=plan.pk).exists()
    status = desk.opens(reader).get(plan.get_absolute_url()).status_code
    assert status == (200 if sees else 403 if reader is Role.INTEGRATOR else 404)
    if reader is not maker and sees:
        assert desk.client.post(desk.url("plan-again", plan.pk)).status_code == 404


def test_a_sentence_about_what_one_may_not_open_any_more_is_not_shown(desk: Desk) -> None:
    plan = a_plan(deal=desk.deal, by=desk.people[Role.REP].user)
    other = facts.a_contact(org=desk.org, name="Not yours", owner_ref="u-else")
    said = {"text": "Known by Not yours.", "sources": [f"contact:{other.pk}"]}
    points = [{"lead": "", "bullet": True, "claims": [said]}]
    PlanSection.objects.filter(version__plan=plan, key="room").update(points=points)
    html = desk.opens().get(plan.get_absolute_url()).content.decode()
    assert "Not yours" not in html
    assert "1 not shown" in html


SECTIONS = """\
## summary
The outlook is 31%. [[outlook]] It will close at 99%. [[outlook]]
It closes for sure. It is worth $48,000. [[deal]]

## risks
- **A made up deal.** It is worth $77M. [[deal]]
- Nothing in it holds: 5,000 contacts. [[deal]]

## questions
- “Who signs?” [[deal]]
"""


def provided(desk: Desk, server: WriterServer, answer: Answer) -> CallPlan:
    a_writer_policy(org=desk.org, provider="openai", base_url=server.url)
    server.plays(answer)
    return desk.written()


def test_a_providers_sentences_are_checked_and_a_section_that_fails_is_composed(
    desk: Desk, writer_server: WriterServer
) -> None:
    plan = provided(desk, writer_server, Answer(SECTIONS))
    page = page_of(plan, reader=desk.people[Role.REP], at=timezone.now())
    assert page is not None
    by = {each.key: each for each in page.sections}
    assert by["summary"].row.by == "provider"
    assert "31%" in by["summary"].text
    assert "99%" not in by["summary"].text
    assert [each["text"] for each in by["summary"].row.struck] == ["It will close at 99%."]
    assert by["risks"].row.by == "composer", "nothing of it held"
    assert "$77M" not in by["risks"].text
    assert by["questions"].row.by == "provider"
    assert by["room"].row.by == "composer", "it was not written at all"
    heard: Heard = writer_server.heard[0]
    assert "Granite Works" in " ".join(heard.texts)
    assert "Granite Works" not in heard.system


def test_where_the_provider_fails_the_plan_is_composed_and_says_so(
    desk: Desk, writer_server: WriterServer
) -> None:
    plan = provided(desk, writer_server, Answer(status=401))
    version = plan.versions.get()
    assert version.state == "ready"
    assert version.notice
    assert {row.by for row in version.sections.all()} == {"composer"}
    html = desk.client.get(plan.get_absolute_url()).content.decode()
    assert "without a language model" in html


def test_whoever_lost_the_deal_gets_no_plan_of_it(desk: Desk) -> None:
    plan = desk.started()
    Opportunity.objects.filter(pk=desk.deal.pk).update(owner_ref="u-else")
    version = changing.newest_of(plan)
    assert version is not None
    assert version.job is not None
    Job.objects.filter(pk=version.job.pk).update(**RUNNING)
    with pytest.raises(running.JobError, match="not there for you"):
        write_plan.function(JobRun.of(Job.objects.get(pk=version.job.pk)))
    assert desk.client.get(plan.get_absolute_url()).status_code == 404


def test_two_presses_write_one_version(desk: Desk, mailoutbox: Callable[[], Any]) -> None:
    plan = desk.started()
    desk.client.post(desk.url("deal-plan-start", desk.deal.pk))
    assert plan.versions.count() == 1
    version = plan.versions.get()
    assert start_writing(version, by=desk.people[Role.REP]).pk == version.job_id
    assert a_version(plan=plan).number == 2
