"""From purchases to suggestions as rows, and what becomes of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from accounts.about import kept
from accounts.models import Product, Purchase
from crosssell import feedback
from crosssell.models import CrosssellPolicy, Recommendation
from crosssell.selling import scoring, training
from crosssell.selling.reading import read_past
from crosssell.selling.scoring import is_held_out, offering
from crosssell.selling.storing import OlderError, Storing, store
from crosssell.tasks.recommending import score_crosssell
from revenue.jobs.running import JobRun
from revenue.ml.models import ModelRun
from revenue.ml.rank.learning import RankSettings
from revenue.users.models import Org
from tests.crosssell import owned_world
from tests.crosssell.selling_world import AS_OF, NAMES, a_market, a_sale
from tests.factories import facts
from tests.factories.jobs import a_job
from tests.factories.people import OrgFactory, UserFactory
from tests.factories.selling import a_recommendation

pytestmark = pytest.mark.django_db
QUICK = RankSettings(
    training.TASK, most_rows=6_000, most_trees=30, rounds=3, bootstraps=60, most_lists=200
)
COLUMNS = (
    "account_ref", "product_ref", "kind", "rank", "score", "probability", "price", "quantity",
    "value", "sources", "reasons", "lookalikes", "is_held_out", "suggested_at", "expires_on",
    "state",
)  # fmt: skip


@pytest.fixture(scope="module")
def orgs(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Org, Org]]:
    """One market and one model for all of this module's tests; at the end all is undone."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "SETTINGS", QUICK)
        found = a_market()
        training.train(org=found[0], as_of=AS_OF, at=AS_OF)
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def stored(orgs: tuple[Org, Org]) -> Org:
    store(offering(org=orgs[0], as_of=AS_OF))
    return orgs[0]


def open_pairs(org: Org) -> set[tuple[str, str]]:
    found = Recommendation.objects.filter(org=org).open()
    return set(found.values_list("account_ref", "product_ref"))


def rows(org: Org) -> list[tuple[Any, ...]]:
    found = Recommendation.objects.filter(org=org).order_by("account_ref", "rank", "product_ref")
    return list(found.values_list(*COLUMNS))


def test_one_model_serves_the_group(orgs: tuple[Org, Org]) -> None:
    run = ModelRun.objects.get(task="crosssell", state="live")
    assert (run.org, run.group) == (None, orgs[0].group)
    assert run.readiness in ("ready", "ok")
    assert run.metrics["ndcg"] > run.baselines["recent"]["ndcg"] + 0.1
    assert run.report["horizon"]["days"] == 90
    assert training.live_model(orgs[1])[0] == run
    recall = run.report["candidates"]
    assert recall["sought"] > 10
    assert recall["cross_org"]["together"]["more"] == 1
    assert set(recall["cross_org"]) == {*recall["single_org"], "crossorg"}


def test_each_account_has_a_list_in_order(stored: Org) -> None:
    found = list(Recommendation.objects.filter(org=stored))
    assert len({row.account_ref for row in found}) > 80
    for row in found:
        assert row.kind in Recommendation.Kind.values
        assert row.sources
        assert row.price is not None
        assert row.value is not None
        whole = float(row.price) * (row.quantity or 0) * row.probability
        assert float(row.value) == pytest.approx(whole, abs=1e-3)
        assert all({"name", "title", "words", "points"} <= set(one) for one in row.reasons)
        points = [abs(one["points"]) for one in row.reasons]
        assert points == sorted(points, reverse=True)


def test_who_reads_the_places_cannot_tell_where_one_is_held_out(stored: Org) -> None:
    first = Recommendation.objects.filter(org=stored, rank=1, is_held_out=False).order_by("pk")[0]
    Recommendation.objects.filter(pk=first.pk).update(is_held_out=True)
    said = store(offering(org=stored, as_of=AS_OF))
    shown = Recommendation.objects.filter(org=stored, is_held_out=False)
    assert Recommendation.objects.filter(org=stored, is_held_out=True).count() > 20
    assert said["recommendations"] == shown.count()
    assert set(said) == {"run", "as_of", "source", "accounts", "recommendations"}
    of_account: dict[str, list[Recommendation]] = {}
    for row in shown.order_by("account_ref", "rank"):
        of_account.setdefault(row.account_ref, []).append(row)
    assert first.account_ref in of_account
    for of_one in of_account.values():
        assert [row.rank for row in of_one] == list(range(1, len(of_one) + 1))
        scores = [row.score for row in of_one]
        assert scores == sorted(scores, reverse=True)


def test_mining_is_offered_what_mining_buys(stored: Org) -> None:
    """Where anything of its own half is left, that comes first."""
    first = Recommendation.objects.filter(org=stored, rank=1, probability__gt=0.1)
    assert first.count() > 10
    right = [(int(r.account_ref[1:]) % 2 == 0) == (int(r.product_ref[1]) < 4) for r in first]
    assert sum(right) / len(right) > 0.9


def test_lookalikes_have_what_is_suggested(stored: Org) -> None:
    row = Recommendation.objects.filter(org=stored).exclude(lookalikes=[]).first()
    assert row is not None
    for each in row.lookalikes:
        org = Org.objects.get(pk=each["org"])
        assert org.group_id == stored.group_id
        bought = org.pk, each["ref"], row.product_ref
        owns = Purchase.objects.filter(
            org_id=bought[0], account_ref=bought[1], product_ref=bought[2]
        )
        assert owns.exists() or each["ref"] in ("a000", "a001", "a002")
        assert 0 < each["likeness"] <= 1


def test_suggesting_twice_is_suggesting_once(stored: Org) -> None:
    before, keys = rows(stored), set(Recommendation.objects.values_list("pk", flat=True))
    store(offering(org=stored, as_of=AS_OF))
    assert rows(stored) == before
    assert set(Recommendation.objects.values_list("pk", flat=True)) == keys


def test_what_is_dismissed_rests_also_in_an_org_of_old_files(stored: Org) -> None:
    row = Recommendation.objects.filter(org=stored, rank=1, is_held_out=False).order_by("pk")[0]
    feedback.dismiss(row, why="need", by=UserFactory(), at=timezone.now())
    row.refresh_from_db()
    assert row.decided_at == row.ended_at == AS_OF
    offer = offering(org=stored, as_of=AS_OF)
    answers = read_past(orgs=[stored], as_of=AS_OF).answers
    assert set(answers[answers["state"] == "dismissed"]["account_ref"]) == {row.account_ref}
    store(offer)
    assert (row.account_ref, row.product_ref) not in open_pairs(stored)


def test_what_is_dismissed_while_it_is_scored_rests(stored: Org) -> None:
    one, other = Recommendation.objects.filter(org=stored, rank=1).order_by("pk")[:2]
    dismissed = {"state": "dismissed", "ended_at": AS_OF + timedelta(hours=1)}
    Recommendation.objects.filter(pk=one.pk).update(**dismissed)
    offer = offering(org=stored, as_of=AS_OF)
    assert offer.resting.sum() == 1
    Recommendation.objects.filter(pk=other.pk).update(**dismissed)
    store(offer)
    pairs = {(row.account_ref, row.product_ref) for row in (one, other)}
    assert not pairs & open_pairs(stored)


def test_scoring_again_at_the_same_moment_takes_back_what_is_not_among_the_best(
    stored: Org, django_capture_on_commit_callbacks: Any
) -> None:
    Product.objects.filter(org=stored, external_id="p0").update(is_active=False)
    assert Recommendation.objects.filter(org=stored, product_ref="p0").open().exists()
    since = cache.get(kept.mark_of(stored))
    with django_capture_on_commit_callbacks(execute=True):
        store(offering(org=stored, as_of=AS_OF))
    assert "p0" not in {product for _, product in open_pairs(stored)}
    gone = Recommendation.objects.filter(org=stored, product_ref="p0")
    assert set(gone.values_list("state", flat=True)) == {"withdrawn"}
    assert cache.get(kept.mark_of(stored)) != since


def test_an_older_scoring_is_refused(stored: Org) -> None:
    older = offering(org=stored, as_of=AS_OF - timedelta(days=30))
    before = rows(stored)
    with pytest.raises(OlderError, match="as of 01 Mar 2026 23:59 already"):
        store(older)
    with pytest.raises(OlderError):
        Storing(older).write(older.accounts)
    asked = {"as_of": older.as_of.isoformat()}
    job = a_job(org=stored, running=True, created_at=AS_OF, arguments=asked)
    assert "already" in (score_crosssell.function(JobRun.of(job)) or {})["problem"]
    assert rows(stored) == before
    assert set(Recommendation.objects.values_list("as_of", flat=True)) == {AS_OF}


def test_a_purchase_that_comes_in_late_counts_if_it_was_made_within_the_horizon(
    stored: Org,
) -> None:
    since, run = AS_OF - timedelta(days=110), ModelRun.objects.get(task="crosssell", state="live")
    told = {"a001": 3, "a003": 89, "a005": 95}
    for account, days in told.items():
        a_recommendation(
            org=stored, account_ref=account, product_ref="p0", run=run, state="expired",
            suggested_at=since, as_of=since, ended_at=since + timedelta(days=90),
        )  # fmt: skip
        a_sale(stored, account, "p0", since + timedelta(days=days)).save()
    store(offering(org=stored, as_of=AS_OF))
    found = Recommendation.objects.filter(org=stored, suggested_at=since, product_ref="p0")
    assert set(found.values_list("state", flat=True)) == {"expired"}
    bought = found.exclude(bought_at=None).values_list("account_ref", flat=True)
    assert set(bought) == {"a001", "a003"}


def test_what_is_bought_is_converted_also_after_it_was_dismissed(stored: Org) -> None:
    later = AS_OF + timedelta(days=10)
    one, other = Recommendation.objects.filter(org=stored, rank=1).order_by("pk")[:2]
    Recommendation.objects.filter(pk=other.pk).update(
        state="dismissed", decided_at=AS_OF, ended_at=AS_OF
    )
    for row in (one, other):
        a_sale(stored, row.account_ref, row.product_ref, AS_OF + timedelta(days=3)).save()
    store(offering(org=stored, as_of=later))
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, other.state) == ("converted", "dismissed")
    assert one.bought_at == other.bought_at == AS_OF.replace(microsecond=0) + timedelta(days=3)
    assert one.bought_for == 200
    again = Recommendation.objects.filter(
        org=stored, account_ref=one.account_ref, product_ref=one.product_ref
    )
    assert again.count() == 1


def test_what_nobody_takes_expires_and_rests(stored: Org) -> None:
    count = Recommendation.objects.filter(org=stored).count()
    store(offering(org=stored, as_of=AS_OF + timedelta(days=95)))
    old = Recommendation.objects.filter(org=stored, suggested_at=AS_OF)
    assert set(old.values_list("state", flat=True)) == {"expired"}
    assert old.count() == count
    pairs = set(old.values_list("account_ref", "product_ref"))
    new = Recommendation.objects.filter(org=stored).open()
    assert not pairs & set(new.values_list("account_ref", "product_ref"))


def test_what_is_being_sold_since_is_not_taken_back(stored: Org) -> None:
    row, other = Recommendation.objects.filter(org=stored, rank=1).order_by("pk")[:2]
    deal = facts.an_opportunity(org=stored, account_ref=row.account_ref, created_at=AS_OF)
    facts.a_line_item(
        org=stored,
        opportunity_ref=deal.external_id,
        product_ref=row.product_ref,
        created_at=AS_OF,
    )
    CrosssellPolicy.objects.create(org=stored, an_account=1, candidates=100)
    Product.objects.filter(org=stored, external_id=other.product_ref).update(is_active=False)
    store(offering(org=stored, as_of=AS_OF + timedelta(days=1)))
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, other.state) == ("suggested", "withdrawn")
    assert other.ended_at == AS_OF + timedelta(days=1)


def test_a_crash_leaves_the_old_list(stored: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    before, written = rows(stored), []
    monkeypatch.setattr(scoring, "CHUNK", 30)

    def breaks(self: Storing, accounts: Any) -> None:
        written.append(len(accounts))
        if len(written) == 2:
            raise RuntimeError("killed")
        write(self, accounts)

    write = Storing.write
    monkeypatch.setattr(Storing, "write", breaks)
    with pytest.raises(RuntimeError, match="killed"):
        store(offering(org=stored, as_of=AS_OF + timedelta(days=95)))
    assert rows(stored) == before
    assert written == [30, 30]


def test_a_job_goes_on_where_it_was(orgs: tuple[Org, Org], monkeypatch: pytest.MonkeyPatch) -> None:
    org = orgs[1]
    monkeypatch.setattr(scoring, "CHUNK", 40)
    run = ModelRun.objects.get(task="crosssell", state="live")
    mark = {"run": run.pk, "after": "a039"}
    job = a_job(org=org, running=True, created_at=AS_OF, checkpoint=mark)
    score_crosssell.function(JobRun.of(job))
    refs = set(Recommendation.objects.filter(org=org).values_list("account_ref", flat=True))
    assert min(refs) == "a040"
    assert len(refs) == 50
    assert score_crosssell.function(JobRun.of(a_job(org=org, running=True, created_at=AS_OF)))
    assert Recommendation.objects.filter(org=org, account_ref="a001").exists()


def test_an_account_without_a_past_and_a_product_without_sales(stored: Org) -> None:
    facts.an_account(org=stored, external_id="new", industry="Retail", created_at=AS_OF)
    facts.a_product(org=stored, external_id="p9", name="Unsold", created_at=AS_OF)
    store(offering(org=stored, as_of=AS_OF))
    theirs = Recommendation.objects.filter(org=stored, account_ref="new")
    assert theirs.count() == 5
    assert set(theirs.values_list("kind", flat=True)) == {"first"}
    assert not theirs.filter(product_ref="p9").exists()
    assert all(row.reasons for row in theirs)


def test_who_is_held_out_is_drawn_once_for_all(orgs: tuple[Org, Org]) -> None:
    org = orgs[0]
    drawn = [is_held_out(org, f"a{n}", p, share=0.1) for n in range(500) for p in NAMES]
    assert 0.08 < sum(drawn) / len(drawn) < 0.12
    again = [is_held_out(org, f"a{n}", p, share=0.1) for n in range(500) for p in NAMES]
    assert drawn == again
    more = [is_held_out(org, f"a{n}", p, share=0.3) for n in range(500) for p in NAMES]
    assert all(late for early, late in zip(drawn, more, strict=True) if early)


def test_nobody_without_the_secret_draws_who_is_held_out() -> None:
    org = OrgFactory.build(slug="acme")

    def drawn() -> list[bool]:
        return [is_held_out(org, f"a{n}", "p0", share=0.5) for n in range(64)]

    own = drawn()
    with override_settings(SECRET_KEY="another secret, of another installation"):
        assert drawn() != own


def test_too_little_to_learn_from_is_answered_by_the_rates_of_an_industry(stored: Org) -> None:
    run = ModelRun.objects.get(task="crosssell", state="live")
    ModelRun.objects.filter(pk=run.pk).update(readiness="not_ready")
    facts.an_account(org=stored, external_id="new", industry="Mining", created_at=AS_OF)
    said = store(offering(org=stored, as_of=AS_OF))
    assert said["source"] == "rates"
    first = Recommendation.objects.filter(org=stored, rank=1, account_ref="new").get()
    assert int(first.product_ref[1]) < 4
    assert 0 < first.probability < 0.5


def test_what_ends_is_suggested_to_everybody_until_it_is_renewed_or_over(stored: Org) -> None:
    CrosssellPolicy.objects.create(org=stored, held_out=0.5)
    owned_world.fill(stored)
    store(offering(org=stored, as_of=AS_OF))
    rows = Recommendation.objects.filter(org=stored, kind="renewal")
    ends = dict(
        Purchase.objects.filter(org=stored, product_ref="k-core").values_list(
            "account_ref", "ends_date"
        )
    )
    assert rows.count() > 20
    assert not rows.filter(is_held_out=True).exists()
    assert all(row.expires_on == ends[row.account_ref] for row in rows)
    kept, over = rows.order_by("expires_on", "account_ref")[:2]
    longer = kept.expires_on + timedelta(days=365)
    asset = Purchase.objects.filter(org=stored, account_ref=kept.account_ref, product_ref="k-core")
    owned_world.change(
        stored, kept.account_ref, AS_OF + timedelta(days=1), "ends_date", kept.expires_on, longer
    ).save()
    asset.update(ends_date=longer)
    later = AS_OF + timedelta(days=60)
    Org.objects.filter(pk=stored.pk).update(clock_date=later.date())
    stored.refresh_from_db()
    store(offering(org=stored, as_of=later))
    kept.refresh_from_db()
    over.refresh_from_db()
    assert (kept.state, kept.bought_for) == ("converted", asset.get().corporate_total)
    assert over.state == "expired"
