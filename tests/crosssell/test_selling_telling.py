"""What an org is told of its suggestions: nothing of what other orgs of its group sold."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from accounts.models import Product, Purchase
from crosssell.selling import candidates, features, telling
from crosssell.selling.candidates import Sources, candidates_of
from crosssell.selling.catalogue import catalogue_of
from crosssell.selling.dataset import rows_of
from crosssell.selling.features import Knowledge
from crosssell.selling.reading import read_past
from crosssell.selling.standing import DAY, Standing, standing_of
from crosssell.selling.telling import Telling, agrees
from crosssell.selling.topics import OF_GROUP, TOPICS
from revenue.ml.members import Contributions
from revenue.users.models import Org
from tests.crosssell.selling_world import AS_OF, DAYS, a_market, a_sale
from tests.factories import facts

pytestmark = pytest.mark.django_db
NORTH, SOUTH = 0, 1
NEIGHBOURLY = "lookalike"  # whom it compares with is chosen by what all orgs know


@pytest.fixture
def orgs(monkeypatch: pytest.MonkeyPatch) -> tuple[Org, Org]:
    """South alone sells SecretSouth, first of all, and calls Alpha otherwise."""
    monkeypatch.setattr(telling, "MOST_FOR", len(TOPICS))
    north, south = a_market(accounts=24)
    facts.a_product(
        org=south, external_id="secret", name="SecretSouth", family="Hidden", created_at=AS_OF
    )
    facts.a_product(org=north, external_id="mine", name="Mine", code="M", created_at=AS_OF)
    facts.a_product(org=south, external_id="mine", name="Mine", code="M", created_at=AS_OF)
    Product.objects.filter(org=south, external_id="p0").update(name="AlphaOfSouth")
    early = AS_OF - timedelta(days=DAYS + 1)
    refs = [f"a{nth:03d}" for nth in range(24)]
    Purchase.objects.bulk_create(a_sale(south, ref, "secret", early) for ref in refs)
    Purchase.objects.bulk_create(a_sale(south, ref, "mine", AS_OF) for ref in refs[3:])
    return north, south


def standing(orgs: tuple[Org, ...]) -> Standing:
    past = read_past(orgs=orgs, as_of=AS_OF)
    return standing_of(past, catalogue_of(past))


Told = dict[tuple[str, str], dict[str, dict[str, Any]]]


def told(orgs: tuple[Org, ...], then: Standing, place: int) -> Told:
    """By account and product all that any feature can say, as if each of them spoke for it."""
    known = Knowledge(Sources(then))
    catalogue = then.catalogue
    accounts = np.flatnonzero(catalogue.account_org == place)
    pairs = candidates_of(known.sources, accounts, most=100)
    frame = rows_of(known, pairs, accounts).frame
    parts = Contributions(np.zeros(len(pairs)), np.ones((len(pairs), len(frame.features))))
    said = Telling(known, orgs, place, 90).reasons(pairs, frame, parts)
    product = catalogue.of_org[place, pairs.item]
    return {
        (str(catalogue.account_ref[account]), str(catalogue.product_ref[sold])): {
            one["name"]: one for one in reasons
        }
        for account, sold, reasons in zip(pairs.account, product, said, strict=True)
    }


def test_nothing_is_named_that_another_org_sells(orgs: tuple[Org, Org]) -> None:
    then = standing(orgs)
    north, south = told(orgs, then, NORTH), told(orgs, then, SOUTH)
    assert ("a000", "p3") in north
    for word in ("SecretSouth", "Hidden", "AlphaOfSouth", "other org"):
        assert word not in json.dumps(list(north.values()))
    assert "SecretSouth" in json.dumps(list(south.values()))
    assert "AlphaOfSouth" in json.dumps(list(south.values()))
    assert " Alpha," not in json.dumps(list(south.values()))


def test_what_only_others_sold_is_told_without_numbers(orgs: tuple[Org, Org]) -> None:
    assert OF_GROUP is not None
    said = told(orgs, standing(orgs), NORTH)["a001", "mine"]
    assert said["industry"]["words"] == OF_GROUP[0]
    for name in ("industry", "size", "country", "popular", "lookalike", "maturity"):
        assert not said[name]["numbers"]


def test_what_others_sold_and_when_changes_no_word(orgs: tuple[Org, Org]) -> None:
    """Whether they sold at all may be heard, in words that are always the same."""
    assert OF_GROUP is not None
    then = standing(orgs)
    of_south = then.catalogue.account_org[then.sales.account] == SOUTH
    kept = ~of_south | (np.arange(len(then.sales)) % 3 > 0)
    at = np.where(of_south, then.sales.at - 45 * DAY, then.sales.at)
    total = np.where(of_south, 7 * then.sales.total, then.sales.total)
    other = replace(then, sales=replace(then.sales, at=at, total=total).take(kept))
    first, second = told(orgs, then, NORTH), told(orgs, other, NORTH)
    compared = 0
    for key in first.keys() & second.keys():
        for name in first[key].keys() & second[key].keys() - {NEIGHBOURLY}:
            one, two = first[key][name], second[key][name]
            if OF_GROUP[0] not in (one["words"], two["words"]):
                assert (one["words"], one["numbers"]) == (two["words"], two["numbers"])
                compared += 1
    assert compared > 300


def test_what_holds_for_all_is_worked_out_once(
    orgs: tuple[Org, Org], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many accounts are told of one after the other, and nobody's neighbours twice."""
    calls: Counter[str] = Counter()

    def counting(module: Any, name: str) -> None:
        whole = getattr(module, name)

        def counted(*given: Any, **named: Any) -> Any:
            calls[name] += 1
            return whole(*given, **named)

        monkeypatch.setattr(module, name, counted)

    for name in ("lift", "transitions", "together", "counts", "stood_at_purchase"):
        counting(features, name)
    counting(candidates, "neighbours_of")
    then = standing(orgs)
    known = Knowledge(Sources(then))
    accounts = np.flatnonzero(then.catalogue.account_org == NORTH)
    seen = []
    for some in np.array_split(accounts, 3):
        pairs = candidates_of(known.sources, some, most=100)
        frame = rows_of(known, pairs, some).frame
        parts = Contributions(np.zeros(len(pairs)), np.ones((len(pairs), len(frame.features))))
        said = Telling(known, orgs, NORTH, 90)
        said.reasons(pairs, frame, parts)
        said.lookalikes(pairs, some)
        seen.append(dict(calls))
    once = {name: count for name, count in seen[0].items() if name != "neighbours_of"}
    assert once
    assert {name: seen[-1][name] for name in once} == once
    kinds = len(known.sources.neighbours(NORTH, accounts[:1]))
    assert calls["neighbours_of"] <= 3 * kinds + kinds


def test_neighbours_that_are_kept_are_those_of_each(orgs: tuple[Org, Org]) -> None:
    sources = Sources(standing(orgs))
    everybody = np.arange(sources.standing.catalogue.customers)[::-1]
    sources.neighbours(NORTH, everybody)
    for one in (3, 0, 7):
        kept = sources.neighbours(NORTH, np.array([one]))
        fresh = sources.nearest(NORTH, np.array([one]))
        for name, near in fresh.items():
            assert near.like == pytest.approx(kept[name].like)
            assert kept[name].customer.tolist() == [one]


@pytest.mark.parametrize(
    ("points", "share", "heard"),
    [(1.0, 0.34, False), (1.0, 0.36, True), (-1.0, 0.34, True), (-1.0, 0.36, False)],
)
def test_a_number_never_speaks_against_what_it_is_told_for(
    points: float, share: float, heard: bool
) -> None:
    assert agrees({"points": points, "numbers": {"share": share, "of_all": 0.35}}) is heard
    assert not agrees({"points": points, "numbers": {"share": 0.3501, "of_all": 0.35}})
    assert agrees({"points": points, "numbers": {"lines": 3}})
