"""Why the win rate moved, from rows of the CRM to the page."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Account, Opportunity, StageChange
from forecasting.diagnosis import making
from forecasting.diagnosis.frames import Stretches
from forecasting.diagnosis.making import forget_old, found_of, make_diagnosis, usual_stretches
from forecasting.diagnosis.reading import read_closed
from forecasting.models import WinRateDiagnosis
from forecasting.tasks import diagnose_org
from revenue.jobs.running import JobRun
from revenue.users.models import Org
from revenue.users.roles import Role
from tests.factories.deals import a_diagnosis
from tests.factories.facts import a_crm_user, an_opportunity
from tests.factories.jobs import a_job
from tests.factories.people import MembershipFactory, OrgFactory

pytestmark = pytest.mark.django_db
FIRST, TURN, UNTIL = date(2025, 1, 1), date(2026, 1, 1), date(2026, 7, 1)
SYNCED = datetime(2026, 7, 1, tzinfo=UTC)
WORLD = Stretches(FIRST, TURN, UNTIL)


@pytest.fixture
def org() -> Org:
    found: Org = OrgFactory(
        slug="acme",
        name="Acme",
        clock_date=UNTIL - timedelta(days=1),
        data_as_of=SYNCED,
    )
    return found


def a_fallen_segment(org: Org, *, deals: int = 1200) -> None:
    """Retail is won half as often since the turn; other industries as before."""
    rng = np.random.default_rng(5)
    industries = ("Retail", "Health", "Energy")
    for name in industries:
        Account.objects.create(
            org=org,
            external_id=name,
            name=name,
            industry=name,
            country="France",
            employees=80,
            synced_at=SYNCED,
        )
    boss = a_crm_user(org=org, external_id="boss", name="Bo Boss")
    for number in range(4):
        a_crm_user(
            org=org, external_id=f"u{number}", name=f"U {number}", manager_ref=boss.external_id
        )
    rows, saves = [], []
    for number in range(deals):
        closed = FIRST + timedelta(days=int(rng.integers(0, (UNTIL - FIRST).days)))
        industry = industries[number % 3]
        chance = 0.15 if industry == "Retail" and closed >= TURN else 0.45
        won = bool(rng.random() < chance)
        made = datetime.combine(closed, datetime.min.time(), tzinfo=UTC) - timedelta(days=40)
        usual: dict[str, Any] = {"org": org, "created_at": made, "synced_at": made}
        rows.append(
            Opportunity(
                external_id=f"D{number:05d}",
                name=f"Deal {number}",
                account_ref=industry,
                owner_ref=f"u{rng.integers(0, 4)}",
                stage="Closed Won" if won else "Closed Lost",
                is_closed=True,
                is_won=won,
                close_date=closed,
                amount=Decimal(1000),
                corporate_amount=Decimal(1000),
                source=str(rng.choice(["Web", "Partner"])),
                **usual,
            )
        )
        stages = ("Discovery", "Proposal") if won or rng.random() < 0.5 else ("Discovery",)
        saves += [
            StageChange(
                external_id=f"S{number:05d}{place}",
                opportunity_ref=f"D{number:05d}",
                stage=stage,
                probability=10 + 40 * place,
                changed_at=made + timedelta(days=10 * place),
                **usual,
            )
            for place, stage in enumerate(stages)
        ]
    Opportunity.objects.bulk_create(rows)
    StageChange.objects.bulk_create(saves)


def test_deals_are_read_with_what_tells_them_apart(org: Org) -> None:
    a_fallen_segment(org, deals=90)
    an_opportunity(org=org, external_id="open")
    an_opportunity(org=org, external_id="early", won=True, close_date=FIRST - timedelta(days=1))
    reading = read_closed(org=org, stretches=WORLD)
    assert len(reading.deals) == len(reading.closed) == 90
    assert reading.closed.steps == ("Discovery", "Proposal")
    assert {one.name for one in reading.closed.dimensions} >= {"industry", "source", "seller"}
    lost_early = reading.closed.passed[:, 0] == 0
    assert (~reading.closed.won)[lost_early].all()
    assert (reading.closed.now == (reading.deals["close_date"] >= "2026-01-01").to_numpy()).all()


def test_the_fallen_segment_is_found_told_and_opens_its_deals(org: Org) -> None:
    a_fallen_segment(org)
    kept = make_diagnosis(org=org, stretches=WORLD, at=SYNCED)
    first = kept.found["causes"][0]
    assert first["levels"] == [["industry", "Retail"]]
    assert first["words"].startswith("Rate, not mix: Retail fell from 4")
    assert first["since"] in {"December 2025", "January 2026", "February 2026"}
    assert kept.found["rate"]["change"] < -0.05
    parts = sum(one["points"] for one in kept.found["causes"]) + kept.found["unexplained"]
    assert parts == pytest.approx(kept.found["rate"]["change"])
    assert {one["name"]: one["state"] for one in kept.found["tree"]}["Execution"] == "unknown"

    client = Client()
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    page = client.get("/o/acme/why/")
    assert page.status_code == 200
    assert "Retail fell from" in page.content.decode()
    assert client.get("/o/acme/why/?by=source").context["by"] == "source"
    listed = client.get(f"/o/acme/why/{kept.pk}/deals/0/")
    assert listed.context["table"].count == first["deals"] > 50
    assert {row.account_ref for row in listed.context["table"].page.rows} == {"Retail"}
    assert client.get(f"/o/acme/why/{kept.pk}/deals/9/").status_code == 404


def test_what_became_of_deals_and_how_they_are_spread_is_drawn(org: Org) -> None:
    a_fallen_segment(org)
    held = an_opportunity(org=org, external_id="held", owner_ref="u1", close_date=date(2026, 2, 1))
    assert not held.is_closed
    found = make_diagnosis(org=org, stretches=WORLD, at=SYNCED).found
    cohorts = {one["month"]: one for one in found["cohorts"]}
    assert sum(one["deals"] for one in cohorts.values()) > 1_000
    shares = [part for part in cohorts["2025-03"]["won"] if part is not None]
    assert shares == sorted(shares)
    assert 0.3 < shares[-1] < 0.6
    assert cohorts["2026-04"]["won"][6] is None, "seven months have not passed"
    won = found["distributions"]["won"]
    assert sum(won["before"]) == pytest.approx(1)
    assert won["now_middle"] == 40  # days, as of all of these deals
    seller = next(one for one in found["sellers"] if one["ref"] == "u1")
    assert (seller["open"], seller["overdue"]) == (1, 1)
    assert seller["steady"] in (True, False)
    page = chief_of(org).get("/o/acme/why/").context
    assert [one.id for one in page["spread"]] == [
        "cohorts-drawn",
        "days-won",
        "days-lost",
        "amounts",
    ]
    assert all(one.summary and one.rows for one in page["spread"])


def chief_of(org: Org) -> Client:
    client = Client()
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    return client


def test_a_change_within_a_stretch_is_told_with_one_click_to_part_there(org: Org) -> None:
    a_fallen_segment(org)
    late = Stretches(FIRST, date(2026, 2, 10), UNTIL)
    kept = make_diagnosis(org=org, stretches=late, at=SYNCED)
    first = kept.found["causes"][0]
    assert first["parts_a_stretch"]
    assert abs((date.fromisoformat(first["day"]) - TURN).days) <= 31
    parted = Stretches(FIRST, date.fromisoformat(first["day"]), UNTIL)
    clearer, _ = found_of(org=org, stretches=parted)
    assert clearer["causes"][0]["levels"] == [["industry", "Retail"]]
    assert abs(clearer["causes"][0]["z"]) > abs(first["z"])
    assert not clearer["causes"][0]["parts_a_stretch"]
    query = f"since={FIRST}&turn={late.turn}&until={UNTIL}"
    client = chief_of(org)
    page = client.get(f"/o/acme/why/?{query}")
    assert f'name="turn" value="{first["day"]}"' in page.content.decode()
    asked = {"since": FIRST.isoformat(), "turn": first["day"], "until": UNTIL.isoformat()}
    answer = client.post("/o/acme/why/start/", asked)
    assert f"turn={first['day']}" in answer.headers["Location"]


def test_the_command_says_it_as_json_and_in_words(org: Org) -> None:
    a_fallen_segment(org)
    days = ["--since", "2025-01-01", "--turn", "2026-01-01", "--until", "2026-07-01"]
    out, err = StringIO(), StringIO()
    call_command("diagnose", "acme", *days, "--json", stdout=out, stderr=err)
    said = json.loads(out.getvalue())
    assert said["causes"][0]["levels"] == [["industry", "Retail"]]
    assert said["turn"] == "2026-01-01"
    out = StringIO()
    call_command("diagnose", "--org", "acme", stdout=out, stderr=err)
    assert "1. Rate, not mix: Retail" in out.getvalue()
    assert not WinRateDiagnosis.objects.exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["nobody"], "no org nobody"),
        ([], "Name an org"),
        (["acme", "--since", "2025-01-01"], "together"),
        (
            ["acme", "--since", "2026-01-01", "--turn", "2025-01-01", "--until", "2026-02-01"],
            "order of time",
        ),
        (["acme"], "deals that closed"),
    ],
)
def test_the_command_says_what_is_wrong(org: Org, asked: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("diagnose", *asked, stdout=StringIO(), stderr=StringIO())


def test_too_little_is_told_on_the_page(org: Org) -> None:
    a_fallen_segment(org, deals=30)
    client = Client()
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    assert b"have not been compared yet" in client.get("/o/acme/why/").content
    stretches = usual_stretches(org.today(at=datetime.now(UTC)))
    job = a_job(
        org=org,
        running=True,
        task=diagnose_org.name,
        arguments={
            name: getattr(stretches, name).isoformat() for name in ("since", "turn", "until")
        },
    )
    assert "60 are needed" in (diagnose_org.function(JobRun.of(job)) or {})["problem"]
    assert b"Too little to tell" in client.get("/o/acme/why/").content


def test_days_out_of_order_are_told_and_start_nothing(org: Org) -> None:
    client = Client()
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    wrong = {"since": "2026-03-01", "turn": "2026-02-01", "until": "2026-04-01"}
    answer = client.post("/o/acme/why/start/", wrong, follow=True)
    assert "order of time" in answer.content.decode()
    right = {"since": "2025-03-01", "turn": "2026-02-01", "until": "2026-04-01"}
    answer = client.post("/o/acme/why/start/", right)
    assert answer.headers["Location"].endswith("turn=2026-02-01&until=2026-04-01")
    assert b"Looking for causes" in client.get(answer.headers["Location"]).content


def test_the_usual_stretches_are_whole_quarters_of_the_org() -> None:
    early = usual_stretches(date(2026, 10, 5))
    assert (early.since, early.turn, early.until) == (
        date(2025, 4, 1),
        date(2026, 4, 1),
        date(2026, 10, 1),
    )
    late = usual_stretches(date(2026, 11, 21))
    assert (late.turn, late.until) == (date(2026, 7, 1), date(2026, 11, 22))


def test_another_org_has_its_own(org: Org) -> None:
    kept = a_diagnosis(OrgFactory(slug="other"), mark="Theirs")
    client = Client()
    client.force_login(MembershipFactory(org=org, role=Role.EXECUTIVE).user)
    assert client.get(f"/o/acme/why/{kept.pk}/deals/0/").status_code == 404
    assert b"Theirs" not in client.get("/o/acme/why/").content


def test_reading_twice_says_the_same(org: Org) -> None:
    a_fallen_segment(org, deals=600)
    assert found_of(org=org, stretches=WORLD) == found_of(org=org, stretches=WORLD)


def test_diagnoses_that_nobody_is_likely_to_ask_for_again_are_forgotten(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = a_diagnosis(OrgFactory(slug="other"))
    _, *rest = (
        WinRateDiagnosis.objects.create(
            org=org, since=FIRST, turn=TURN, until=UNTIL + timedelta(days=nth),
            made_at=SYNCED + timedelta(days=20 * (nth > 0), hours=nth),
        )
        for nth in range(4)
    )  # fmt: skip
    monkeypatch.setattr(making, "MOST_KEPT", 2)
    assert forget_old(org=org, at=SYNCED + timedelta(days=21)) == 2
    left = set(WinRateDiagnosis.objects.values_list("pk", flat=True))
    assert left == {theirs.pk, *(one.pk for one in rest[1:])}
