"""Which model speaks: the gate, the way back, and what is stored."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from revenue.ml import registry
from revenue.ml.artefact import ArtefactError
from revenue.ml.frames import Frame
from revenue.ml.models import ModelRun
from revenue.ml.recording import Owner, load, load_live, load_number, record, record_and_promote
from revenue.ml.registry import RegistryError, Standing, promote, revert, why_not
from revenue.ml.regression import train_regressor
from revenue.ml.settings import Settings
from revenue.ml.trained import Trained
from revenue.users.models import AuditEvent
from revenue.users.roles import Role
from tests.factories.models import BASE, FIGURES, NOON, a_model_run
from tests.factories.people import MembershipFactory, OrgFactory, OrgGroupFactory, UserFactory
from tests.ml.worlds import world

LIVE = Standing(1, "ready", "a")
BETTER, WORSE = FIGURES, {**FIGURES, "brier": 0.25}


@pytest.mark.parametrize(
    ("candidate", "live", "comparison", "words"),
    [
        (Standing(2, "not_ready", "b"), None, {}, ""),
        (Standing(2, "ready", "a"), LIVE, {}, ""),
        (Standing(2, "not_ready", "b"), LIVE, {}, "not ready, and the live model is"),
        (Standing(2, "not_ready", "b"), Standing(1, "not_ready", "a"), {}, ""),
        (Standing(2, "ready", "b"), LIVE, {}, "Train again"),
        (Standing(2, "ready", "b"), LIVE, {"live_id": 9, "live": BASE}, "Train again"),
        (Standing(2, "ok", "b"), LIVE, {"live_id": 1, "live": BASE, "candidate": BETTER}, ""),
        (Standing(2, "ok", "b"), LIVE, {"live_id": 1, "live": BASE, "candidate": BASE}, ""),
        (
            Standing(2, "ready", "b"),
            LIVE,
            {"live_id": 1, "live": BASE, "candidate": WORSE},
            "Brier score 0.2500 against 0.2400",
        ),
        (Standing(2, "ready", "b"), LIVE, {"live_id": 1, "problem": "It lacks a feature."}, ""),
    ],
)
def test_the_gate(candidate: Standing, live: Any, comparison: dict[str, Any], words: str) -> None:
    found = why_not(candidate, live, comparison)
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.django_db
def test_a_worse_model_stays_a_candidate_and_says_why() -> None:
    org = OrgFactory()
    live = a_model_run(org=org, live=True)
    told = {"live_id": live.pk, "candidate": WORSE, "live": FIGURES}
    worse = a_model_run(org=org, comparison=told)
    reason = promote(worse, at=NOON)
    worse.refresh_from_db()
    assert worse.state == "candidate"
    assert worse.reason == reason
    assert "worse than the live model" in reason
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_a_model_goes_live_and_back_with_one_click_each_and_both_are_on_record() -> None:
    org, admin = OrgFactory(), UserFactory()
    first, second = a_model_run(org=org), a_model_run(org=org)
    assert promote(first, at=NOON, by=admin) == ""
    second.comparison = {"live_id": first.pk, "candidate": FIGURES, "live": BASE}
    second.save()
    assert promote(second, at=NOON + timedelta(days=1), by=admin) == ""
    first.refresh_from_db()
    assert first.state == "retired"
    assert registry.live_run(org=org, task="deal_risk") == second
    assert revert(second, at=NOON + timedelta(days=2), by=admin) == first
    assert registry.live_run(org=org, task="deal_risk") == first
    with pytest.raises(RegistryError, match="first model of its task"):
        revert(first, at=NOON, by=admin)
    with pytest.raises(RegistryError, match="not live"):
        revert(second, at=NOON, by=admin)
    events = AuditEvent.objects.filter(action="model_promoted", org=org).order_by("pk")
    assert [event.detail["reverted"] for event in events] == [False, False, True]


@pytest.mark.django_db
@pytest.mark.parametrize("of_group", [False, True])
def test_the_database_holds_one_live_model_of_a_task(of_group: bool) -> None:
    owner = {"group": OrgGroupFactory()} if of_group else {"org": OrgFactory()}
    a_model_run(live=True, **owner)
    a_model_run(live=True, task="lead_score", **owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_model_run(live=True, **owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        a_model_run(org=OrgFactory(), group=OrgGroupFactory())


@pytest.mark.django_db
def test_a_group_speaks_in_all_its_orgs_and_only_who_runs_them_all_may_change_it() -> None:
    group = OrgGroupFactory()
    here, there, stranger = OrgFactory(group=group), OrgFactory(group=group), OrgFactory()
    of_both, of_one = UserFactory(), UserFactory()
    for org, user in ((here, of_both), (there, of_both), (here, of_one)):
        MembershipFactory(org=org, user=user, role=Role.ADMIN)
    a_model_run(org=there, live=True)
    run = a_model_run(group=group)
    assert registry.why_not_theirs(run, by=of_both) == ""
    assert "admin of all of them" in registry.why_not_theirs(run, by=of_one)
    promote(run, at=NOON, by=of_both)
    assert registry.live_run(org=there, task="deal_risk") == run
    assert registry.live_run(org=stranger, task="deal_risk") is None
    assert set(AuditEvent.objects.values_list("org", flat=True)) == {here.pk, there.pk}


@pytest.mark.django_db
def test_a_trained_model_is_stored_compared_promoted_and_loaded(
    linear_world: Frame, linear_trained: Trained, empty_trained: Trained
) -> None:
    org = OrgFactory()
    given: dict[str, Any] = {"owner": Owner(org=org), "as_of": NOON, "at": NOON}
    first = record_and_promote(linear_trained, frame=linear_world, **given)
    assert first.state == "live"
    assert first.metrics["brier"] < first.base["brier"]
    again = record(linear_trained, frame=linear_world, **given)
    assert again.comparison["live"] == again.comparison["candidate"]
    poor = record_and_promote(empty_trained, frame=linear_world, **given)
    assert (poor.state, poor.reason) == ("candidate", "It is not ready, and the live model is.")
    found = load_live(org=org, task="deal_risk")
    assert found is not None
    run, trained = found
    assert run == first
    assert trained.to_bytes() == linear_trained.to_bytes()
    ModelRun.objects.filter(pk=run.pk).update(artefact=bytes(first.artefact)[:-1] + b"?")
    with pytest.raises(ArtefactError, match="Revert to an earlier run"):
        load(ModelRun.objects.get(pk=run.pk))


@pytest.mark.django_db
def test_a_model_of_numbers_goes_the_same_way() -> None:
    org, frame = OrgFactory(), world(deals=400, moments=1)
    amounts = frame.values["meetings"].to_numpy() * 3.0
    noise = np.random.default_rng(0).normal(size=len(frame))
    given: dict[str, Any] = {"owner": Owner(org=org), "as_of": NOON, "at": NOON}
    how = Settings("expansion", most_trees=30, stop_after=5, bootstraps=50)
    told = [replace(frame, label=label) for label in (amounts + noise, noise * 9)]
    good, poor = (train_regressor(one, how) for one in told)
    first = record_and_promote(good, frame=told[0], **given)
    assert first.state == "live"
    assert first.metrics["mae"] < first.baselines["mean"]["mae"]
    again = load_number(first)
    np.testing.assert_array_equal(again.predict(frame).value, good.predict(frame).value)
    ready = replace(poor, report={**poor.report, "readiness": good.report["readiness"]})
    worse = record_and_promote(ready, frame=told[0], **given)
    assert worse.state == "candidate"
    assert "mean absolute error" in worse.reason


@pytest.mark.django_db
def test_readings_of_drift_are_kept_in_order_and_bounded() -> None:
    run = a_model_run(org=OrgFactory())
    for day in range(registry.MOST_READINGS + 2):
        registry.note_drift(run, {"score": {"psi": day}}, at=NOON + timedelta(days=day))
    run.refresh_from_db()
    assert len(run.drift) == registry.MOST_READINGS
    assert run.drift[-1]["score"] == {"psi": registry.MOST_READINGS + 1}
