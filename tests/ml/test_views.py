from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue.ml.frames import Frame
from revenue.ml.models import ModelRun
from revenue.ml.recording import Owner, record
from revenue.ml.registry import note_drift
from revenue.ml.trained import Trained
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories.models import BASE, FIGURES, NOON, a_model_run
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Membership:
    member: Membership = MembershipFactory(role=Role.ADMIN)
    client.force_login(member.user)
    return member


@pytest.fixture
def run(admin: Membership, linear_world: Frame, linear_trained: Trained) -> ModelRun:
    return record(linear_trained, owner=Owner(org=admin.org), as_of=NOON, at=NOON)


def address(run: ModelRun, name: str, org: Org | None = None) -> str:
    where = org or run.org
    assert where is not None
    return reverse(f"ml:model-{name}", args=[where.slug, run.pk])


def test_the_page_says_whether_it_is_ready_and_how_good_it_is(
    client: Client, run: ModelRun
) -> None:
    for day in (1, 2):
        note_drift(
            run,
            {"score": {"psi": day / 10}, "calibration": {"gap": 0.02}},
            at=NOON + timedelta(day),
        )
    page = client.get(address(run, "show")).content.decode()
    for words in (
        "Is it ready to use?",
        "Ready",
        "Against the plain rate on",
        "Does it come true?",
        "What the best-scored hold",
        "What moves it",
        "Best Referral",
        "Drift since it was trained",
        "Is it as good for everyone?",
        "EMEA",
        "Rate of each stage",
        run.sha256,
        "Make it live",
    ):
        assert words in page, words


def test_a_model_without_signal_shows_no_reasons(
    client: Client, admin: Membership, empty_trained: Trained
) -> None:
    run = record(empty_trained, owner=Owner(org=admin.org), as_of=NOON, at=NOON)
    page = client.get(address(run, "show")).content.decode()
    assert "Not ready" in page
    assert "It gives no reasons" in page
    assert "What moves it" not in page


def test_the_list_shows_own_models_and_those_of_the_group_and_no_others(
    client: Client, admin: Membership, django_assert_max_num_queries: Any
) -> None:
    a_model_run(org=admin.org, reason="Mine own")
    a_model_run(org=OrgFactory(), reason="Somebody else's")
    with django_assert_max_num_queries(12):
        page = client.get(reverse("ml:model-list", args=[admin.org.slug])).content.decode()
    assert "Mine own" in page
    assert "Somebody else" not in page


def test_without_a_model_the_list_says_what_will_come(client: Client, admin: Membership) -> None:
    page = client.get(reverse("ml:model-list", args=[admin.org.slug])).content.decode()
    assert "No model yet" in page


def test_the_card_is_the_same_as_a_file_and_no_name_becomes_markup(
    client: Client, run: ModelRun
) -> None:
    run.excluded_features = {"<b>x|y</b>": "told *all*"}
    run.save()
    card = client.get(address(run, "card"))
    text = card.content.decode()
    assert card["Content-Disposition"] == f'attachment; filename="model-card-deal_risk-{run.pk}.md"'
    assert text.startswith("# Model card: Deal risk")
    assert r"| \<b\>x\|y\</b\> | told \*all\* |" in text
    page = client.get(address(run, "page")).content.decode()
    assert "&lt;b&gt;x|y&lt;/b&gt;" in page
    for section in ("Is it ready to use?", "What moves it", "Left out as likely leaks"):
        assert f"## {section}" in text
        assert f"<h2>{section}</h2>" in page


def test_an_admin_makes_a_model_live_and_takes_it_back(client: Client, run: ModelRun) -> None:
    org = run.org
    first = a_model_run(org=org, live=True)
    answer = client.post(address(run, "promote"), follow=True).content.decode()
    assert "It stays as it is." in answer
    run.comparison = {"live_id": first.pk, "candidate": FIGURES, "live": BASE}
    run.save()
    answer = client.post(address(run, "promote"), follow=True).content.decode()
    assert "this model is live" in answer
    assert "Take back" in answer
    answer = client.post(address(run, "revert"), follow=True).content.decode()
    assert "the model before it is live again" in answer
    first.refresh_from_db()
    assert first.is_live
    answer = client.post(address(run, "revert"), follow=True).content.decode()
    assert "there is nothing to take back" in answer


def test_the_model_of_a_group_is_not_changed_by_the_admin_of_one_org(
    client: Client, admin: Membership
) -> None:
    org = admin.org
    org.group = OrgGroupFactory()
    org.save()
    OrgFactory(group=org.group)
    run = a_model_run(group=org.group)
    for name in ("promote", "revert"):
        answer = client.post(address(run, name, org), follow=True).content.decode()
        assert "an admin of all of them" in answer
    run.refresh_from_db()
    assert run.state == "candidate"


def test_a_model_of_another_org_is_not_there(client: Client, admin: Membership) -> None:
    elsewhere = a_model_run(org=OrgFactory())
    for name in ("show", "card", "page"):
        assert client.get(address(elsewhere, name, admin.org)).status_code == 404
    assert client.post(address(elsewhere, "promote", admin.org)).status_code == 404
