import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts import models as m
from accounts.management.commands import seed_demo
from revenue.users.models import Membership, Org

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sign_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "demo-sign-ins.json"
    monkeypatch.setattr(seed_demo, "SIGN_INS", path)
    return path


def seed(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "seed_demo", "--scale", "tiny", "--json", *arguments, stdout=out, stderr=StringIO()
    )
    return dict(json.loads(out.getvalue()))


def test_three_orgs_are_filled_and_a_second_run_writes_nothing(sign_ins: Path) -> None:
    first = seed("--until", "2026-06-30")
    assert first["orgs"] == 3
    assert first["rows"] == first["written"] > 1_000
    assert json.loads(sign_ins.read_text())[0]["role"] == "Rep"
    assert m.RefusedRow.objects.count() == 0
    for model in (m.Account, m.Opportunity, m.Activity, m.Lead, m.StageChange, m.CurrencyRate):
        assert model.objects.filter(org__slug="meridian-europe").exists(), model

    again = seed("--until", "2026-06-30")
    assert again["written"] == 0
    assert again["rows"] == first["rows"]


def test_a_later_day_brings_what_is_new() -> None:
    first = seed("--until", "2026-06-28")
    later = seed("--until", "2026-06-30")
    assert 0 < later["written"] < first["written"] / 4
    org = Org.objects.get(slug="meridian-americas")
    assert org.clock_date is not None
    assert org.today(at=datetime(2027, 1, 1, tzinfo=UTC)).isoformat() == "2026-06-30"


def test_those_who_sign_in_are_found_among_the_sellers() -> None:
    seed("--until", "2026-06-30")
    linked = m.CrmUser.objects.filter(org__slug="meridian-americas", membership__isnull=False)
    names = set(linked.values_list("name", flat=True))
    members = Membership.objects.filter(org__slug="meridian-americas")
    assert names == set(members.values_list("user__full_name", flat=True))
    rosa = linked.get(name="Rosa Delgado")
    assert rosa.manager is not None
    assert rosa.manager.name == "Marcus Webb"


def test_another_world_is_refused_in_a_sentence() -> None:
    seed("--until", "2026-06-30")
    with pytest.raises(CommandError, match="leave --seed out"):
        seed("--until", "2026-06-30", "--seed", "8")
    with pytest.raises(CommandError, match="There is no scale 'huge'"):
        call_command("seed_demo", "--scale", "huge", stderr=StringIO())
