"""The public sets, learned from and judged on their newest deals; skipped where they are not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from forecasting.deals.evaluation import evaluate, report_of
from revenue.ml.tasks import moment_for
from tests.accounts.connectors.csv_files.importing import imported
from tests.factories.jobs import an_org

PUBLIC = Path(settings.BASE_DIR).parent / "shared" / "data" / "public"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(not PUBLIC.exists(), reason="The folder of public data is not here."),
]


@pytest.fixture
def judged() -> Callable[..., dict[str, Any]]:
    def judge(folder: str, *, test_from: datetime) -> dict[str, Any]:
        org = an_org(slug="public", kind="csv")
        imported(org, PUBLIC / folder)
        org.refresh_from_db()
        as_of = moment_for(org, at=NOW)
        return report_of(evaluate(org=org, as_of=as_of, test_from=test_from))

    return judge


def test_sales_opportunities_are_a_little_better_than_the_base_rate(
    judged: Callable[..., dict[str, Any]],
) -> None:
    found = judged("maven_crm", test_from=datetime(2017, 10, 1, tzinfo=UTC))
    metrics, base = found["metrics"], found["baselines"]["base_rate"]
    assert found["n_test"] > 1500
    assert 0.57 <= metrics["auc"] < 0.65, "more than the calendar gives would be a leak"
    assert metrics["brier"] < base["brier"]
    assert metrics["log_loss"] < base["log_loss"]
    assert found["readiness"]["state"] in ("ready", "ok")
    assert found["skill"]["brier"]["low"] > 0
    assert found["drivers"][0] == "Month of the quarter"
    assert not {"Share the seller won, beside all", "Product family"} & set(found["drivers"][:3])
    assert all(one["won"]["brier"] < one["won"]["base"] for one in found["by_when"])
    unknown = {"amount_log", "days_to_close_date", "stage", "contacts_met"}
    assert unknown <= set(found["excluded_features"])


def test_in_the_sales_challenge_there_is_nothing_to_learn(
    judged: Callable[..., dict[str, Any]],
) -> None:
    found = judged("skygeni", test_from=datetime(2024, 3, 1, tzinfo=UTC))
    assert found["readiness"]["state"] == "not_ready"
    assert "No usable signal" in found["readiness"]["reasons"][0]
    assert found["metrics"]["auc"] < 0.55, "there is none to be had: a column tells the outcome"
    assert found["drivers"] == []
