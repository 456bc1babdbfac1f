"""`manage.py sync ORG`: what it prints, and one sentence where it could not."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ObjectSync, SyncRun
from accounts.sync import run as runs
from revenue.users.models import Org
from tests.accounts.sync.world import World
from tests.factories.people import OrgFactory
from tests.salesforce import Simulator

pytestmark = pytest.mark.django_db


def told(org: Org, *options: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("sync", org.slug, "--json", *options, stdout=out, stderr=io.StringIO())
    return dict(json.loads(out.getvalue()))


def refusal(slug: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("sync", slug, stdout=io.StringIO(), stderr=io.StringIO())
    assert caught.value.returncode == 1
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_it_tells_of_objects_rows_calls_and_how_it_ended(sim: Simulator) -> None:
    org = World(sim).org
    first = told(org)
    rows = sum(len(sim.store.rows(name)) for name in first["objects"])
    assert (first["state"], first["rows"]["written"], first["problem"]) == ("succeeded", rows, "")
    assert first["objects"]["Opportunity"]["written"] == len(sim.store.rows("Opportunity"))
    sim.ledger.clear()
    second = told(org)
    assert (second["state"], second["rows"]["written"]) == ("succeeded", 0)
    objects = ObjectSync.objects.filter(org=org).count()
    assert second["calls"] == len(sim.ledger.calls) <= objects + 3
    whole = told(org, "--full")
    assert (whole["rows"]["read"], whole["rows"]["written"]) == (rows, 0)


def test_it_tells_a_person_in_a_line(sim: Simulator) -> None:
    org, out, err = World(sim).org, io.StringIO(), io.StringIO()
    call_command("sync", org.slug, stdout=out, stderr=err)
    assert out.getvalue().startswith(f"{org.name}: ")
    assert out.getvalue().endswith(" calls. Done.\n")
    assert "Opportunity: " in err.getvalue()


def test_what_cannot_be_synced_is_one_sentence(sim: Simulator) -> None:
    assert "There is no org nowhere" in refusal("nowhere")
    fed, bare = OrgFactory(kind=Org.Kind.CSV), OrgFactory(kind=Org.Kind.SALESFORCE)
    assert "is fed by files" in refusal(fed.slug)
    assert "has no connection yet" in refusal(bare.slug)
    org = World(sim).org
    Org.objects.filter(pk=org.pk).update(is_active=False)
    assert "switch it on" in refusal(org.slug)
    assert not SyncRun.objects.exists()


def test_a_failed_run_is_told_with_its_reason(sim: Simulator) -> None:
    org = World(sim).org
    sim.plan.arm("tok_invalid_client", times=None)
    assert "does not know this app" in refusal(org.slug)
    assert "The connection of" in refusal(org.slug)
    assert SyncRun.objects.get(org=org).state == "failed"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (KeyboardInterrupt(), "It was interrupted; the next sync goes on where it was."),
        (ValueError("secret=4711 in row"), runs.UNEXPECTED.format(kind="ValueError")),
    ],
)
def test_what_breaks_it_off_is_one_sentence_without_what_was_said(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch, error: BaseException, sentence: str
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise error

    org = World(sim).org
    monkeypatch.setattr(runs, "complete", broken)
    assert refusal(org.slug) == sentence
    run = SyncRun.objects.get(org=org)
    assert run.problem == sentence
    assert run.rows_written > 0
