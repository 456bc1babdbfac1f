import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django_celery_beat.models import PeriodicTask

from accounts import models as m
from accounts.connectors.demo.connector import open_world
from accounts.management.commands import seed_demo
from accounts.records import RECORDS
from accounts.schedule import drop_schedule
from revenue.users.models import Membership, Org

DAY = "2026-06-30"


@pytest.fixture(autouse=True)
def sign_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "demo-sign-ins.json"
    monkeypatch.setattr(seed_demo, "SIGN_INS", path)
    return path


def seed(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("seed_demo", "--json", *arguments, stdout=out, stderr=StringIO())
    return dict(json.loads(out.getvalue()))


@pytest.fixture(scope="module")
def seeded(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Any]]:
    """The company until a day, once for all tests here; each of them is undone by itself."""
    del django_db_setup
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("demo") / "demo-sign-ins.json"
        patch.setattr(seed_demo, "SIGN_INS", path)
        said = seed("--scale", "tiny", "--until", DAY)
        yield said | {"sign-ins": json.loads(path.read_text())}
        transaction.set_rollback(True)


@pytest.mark.django_db
class TestSeeded:
    def test_three_orgs_are_filled_and_a_second_run_writes_nothing(
        self, seeded: dict[str, Any]
    ) -> None:
        assert seeded["orgs"] == 3
        assert seeded["rows"] == seeded["written"] > 1_000
        assert seeded["sign-ins"][0]["role"] == "Rep"
        assert m.RefusedRow.objects.count() == 0
        for record, model in RECORDS.items():
            assert model.objects.filter(org__slug="meridian-europe").exists(), record
        again = seed("--until", DAY)
        assert again["written"] == 0
        assert again["rows"] == seeded["rows"]

    def test_a_later_day_brings_that_day_and_nothing_else(self, seeded: dict[str, Any]) -> None:
        later = seed("--until", "2026-07-01")
        assert 0 < later["written"] < seeded["written"] / 20
        org = Org.objects.get(slug="meridian-americas")
        assert org.today(at=datetime(2027, 1, 1, tzinfo=UTC)).isoformat() == "2026-07-01"
        new = m.Activity.objects.filter(created_at__date__gt=DAY)
        assert {f"{each.created_at:%Y-%m-%d}" for each in new} == {"2026-07-01"}
        world = open_world(org, at=datetime(2027, 1, 1, tzinfo=UTC))
        for name, model in (("Opportunity", m.Opportunity), ("Account", m.Account)):
            assert world.count(name) == model.objects.filter(org=org).present().count()

    def test_each_org_syncs_itself(self, seeded: dict[str, Any]) -> None:
        tasks = PeriodicTask.objects.filter(name__startswith="sync-meridian-", enabled=True)
        assert tasks.count() == seeded["orgs"]

    def test_a_schedule_that_an_admin_dropped_stays_dropped(self, seeded: dict[str, Any]) -> None:
        del seeded
        drop_schedule(connection=m.Connection.objects.get(org__slug="meridian-cloud"))
        seed("--until", DAY)
        assert not PeriodicTask.objects.filter(name="sync-meridian-cloud").exists()

    def test_those_who_sign_in_are_found_among_the_sellers(self, seeded: dict[str, Any]) -> None:
        del seeded
        linked = m.CrmUser.objects.filter(org__slug="meridian-americas", membership__isnull=False)
        names = set(linked.values_list("name", flat=True))
        members = Membership.objects.filter(org__slug="meridian-americas")
        assert names == set(members.values_list("user__full_name", flat=True))
        rosa = linked.get(name="Rosa Delgado")
        assert rosa.manager is not None
        assert rosa.manager.name == "Marcus Webb"

    @pytest.mark.parametrize("name", ["Active_Users__c", "Licensed_Users__c"])
    def test_what_a_customer_used_and_bought_is_known_as_of_any_day(
        self, seeded: dict[str, Any], name: str
    ) -> None:
        del seeded
        changes = m.FieldChange.objects.filter(record="account", field_name=name)
        told = {change.record_ref: change.new_value for change in changes.order_by("changed_at")}
        accounts = m.Account.objects.values_list("external_id", "extra")
        held = {ref: str(extra[name]) for ref, extra in accounts if extra.get(name) is not None}
        assert held
        assert held == {ref: told.get(ref) for ref in held}

    def test_each_change_of_use_begins_where_the_one_before_ended(
        self, seeded: dict[str, Any]
    ) -> None:
        """Else a gap before a leaving would tell of it."""
        del seeded
        changes = m.FieldChange.objects.filter(record="account", field_name="Active_Users__c")
        held: dict[tuple[int, str], str | None] = {}
        for change in changes.order_by("org", "record_ref", "changed_at", "id"):
            key = (change.org_id, change.record_ref)
            assert change.old_value == held.get(key, change.old_value)
            assert (change.old_value is None) == (key not in held)
            held[key] = change.new_value
        assert "0" in held.values(), "somebody has left"

    def test_another_world_is_refused_in_a_sentence(self, seeded: dict[str, Any]) -> None:
        del seeded
        with pytest.raises(CommandError, match="leave --seed out"):
            seed("--until", DAY, "--seed", "8")
        with pytest.raises(CommandError, match="leave --scale out"):
            seed("--until", DAY, "--scale", "small")


def test_progress_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 1.0, 6.0, 6.0, 7.0])
    clocks = SimpleNamespace(monotonic=lambda: next(moments))
    monkeypatch.setattr(seed_demo, "clocks", clocks)
    told: list[str] = []
    tell = seed_demo.seldom(told.append)
    for text in ("too soon", "in time", "too soon again"):
        tell(text)
    assert told == ["in time"]
