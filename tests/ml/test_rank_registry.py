"""A ranking on record: stored, held against the live one by its order, and told on its page."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from revenue.ml import card
from revenue.ml.models import ModelRun
from revenue.ml.rank.learning import RankSettings
from revenue.ml.rank.lists import Market
from revenue.ml.rank.ranked import Ranked
from revenue.ml.rank.training import train_ranker
from revenue.ml.recording import Owner, load_ranking, record, record_and_promote
from revenue.users.models import Membership
from revenue.users.roles import Role
from tests.factories.models import NOON
from tests.factories.people import MembershipFactory, OrgFactory
from tests.ml.markets import market

pytestmark = pytest.mark.django_db
SETTINGS = RankSettings("crosssell", most_trees=20, stop_after=5, rounds=8, bootstraps=60)


@pytest.fixture(scope="module")
def tastes() -> Market:
    return market(signal=True, customers=150)


@pytest.fixture(scope="module")
def learned(tastes: Market) -> Ranked:
    return train_ranker(tastes, SETTINGS)


def test_a_ranking_goes_live_and_a_worse_one_does_not(tastes: Market, learned: Ranked) -> None:
    given: dict[str, Any] = {"owner": Owner(org=OrgFactory()), "as_of": NOON, "at": NOON}
    first = record_and_promote(learned, frame=tastes, **given)
    assert first.state == "live"
    assert first.is_ranking
    assert load_ranking(first).to_bytes() == learned.to_bytes()
    worse = record_and_promote(replace(learned, blend=None), frame=tastes, **given)
    assert worse.state == "candidate"
    assert "NDCG@10" in worse.reason
    assert worse.comparison["live"]["ndcg"] == learned.report["metrics"]["ndcg"]
    again = record_and_promote(replace(learned, way_scale=(0.0, 2.0)), frame=tastes, **given)
    assert again.state == "live"


def test_a_live_one_that_asks_for_more_gives_way(tastes: Market, learned: Ranked) -> None:
    given: dict[str, Any] = {"owner": Owner(org=OrgFactory()), "as_of": NOON, "at": NOON}
    record_and_promote(learned, frame=tastes, **given)
    frame = tastes.lists.frame.without(["fit"])
    fewer = replace(tastes, lists=replace(tastes.lists, frame=frame))
    other = replace(learned, blend=None, features=frame.features)
    run = record_and_promote(other, frame=fewer, **given)
    assert "lack these features: fit" in run.comparison["problem"]
    assert run.state == "live"


def test_the_page_sets_it_beside_every_plain_way(
    client: Client, tastes: Market, learned: Ranked
) -> None:
    member: Membership = MembershipFactory(role=Role.ADMIN)
    client.force_login(member.user)
    run = record(learned, owner=Owner(org=member.org), as_of=NOON, at=NOON)
    page = client.get(reverse("ml:model-show", args=[member.org.slug, run.pk])).content.decode()
    for words in (
        "NDCG@10",
        "EASE, recent purchases first",
        "Look-alike customers",
        "How its members are weighed",
        "Neural network",
        "30%",
        "within 90 days",
    ):
        assert words in page, words
    text = card.markdown(run, owner="Meridian")
    assert "| Random |" in text
    assert "Judged on 150 lists of 150 accounts" in text


def test_without_enough_the_page_says_what_is_needed(client: Client, tastes: Market) -> None:
    member: Membership = MembershipFactory(role=Role.ADMIN)
    client.force_login(member.user)
    last = tastes.lists.during([int(tastes.lists.at.max())])
    found = train_ranker(replace(tastes, lists=last), SETTINGS)
    run = record(found, owner=Owner(org=member.org), as_of=NOON, at=NOON)
    assert ModelRun.objects.get().speaks_by_rates
    page = client.get(reverse("ml:model-show", args=[member.org.slug, run.pk])).content.decode()
    assert "at least two stretches of 90 days" in page
    assert "no better than what sold lately" in page
