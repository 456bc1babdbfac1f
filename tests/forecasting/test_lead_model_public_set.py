"""The public set of leads, with its own columns and none chosen; skipped where it is not."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import xgboost as xgb
from django.conf import settings
from sklearn.linear_model import LogisticRegression

from forecasting.leads.dataset import LeadRows, dataset
from forecasting.leads.evaluation import Evaluation, evaluate, report_of
from forecasting.leads.training import SETTINGS, judged_as
from revenue.ml.encode import Design, Encoder
from revenue.ml.judging import metrics
from revenue.ml.leakage import leaks
from revenue.ml.pipeline import narrowed, outcomes_of, parted, stacked
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.importing import imported
from tests.factories.jobs import an_org

LEADS = Path(settings.BASE_DIR).parent / "shared" / "data" / "public" / "x_education_leads"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LINES = 4_001
AFTER_CONTACT = {
    "own_Tags",
    "own_Lead Quality",
    "own_Lead Profile",
    "own_Last Activity",
    "own_Last Notable Activity",
    "own_Asymmetrique Activity Index",
    "own_Asymmetrique Activity Score",
    "own_Asymmetrique Profile Index",
    "own_Asymmetrique Profile Score",
}
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not LEADS.exists(), reason="The folder of public data is not here."),
]


@pytest.fixture
def org() -> Org:
    return an_org(slug="public", kind="csv")


def left_out(rows: LeadRows) -> dict[str, str]:
    asked = replace(SETTINGS, unrecorded=rows.unrecorded)
    known = parted(rows.frame, asked).train
    return leaks(known, open_rows=rows.frame.take(~rows.frame.is_known), settings=asked)


def test_what_was_filled_in_after_contact_is_found_in_a_part_of_the_file(
    org: Org, tmp_path: Path
) -> None:
    with (LEADS / "Leads.csv").open("rb") as whole:
        (tmp_path / "Leads.csv").write_bytes(b"".join(islice(whole, LINES)))
    imported(org, tmp_path)
    rows = dataset(org=org, as_of=NOW)
    assert (rows.order, rows.leads) == ("Lead Number", LINES - 1)
    assert set(left_out(rows)) == AFTER_CONTACT


@pytest.mark.slow
def test_it_is_at_least_as_good_as_the_usual_models_on_the_same_honest_columns(org: Org) -> None:
    imported(org, LEADS)
    found = evaluate(org=org, as_of=NOW)
    report = report_of(found)
    assert set(found.trained.report["excluded_features"]) >= AFTER_CONTACT
    assert "the order of Lead Number stands in for time" in " ".join(report["readiness"]["reasons"])
    ours = report["metrics"]
    told = {"lead_score": ours, **rivals(found)}
    for name, one in told.items():
        said = " ".join(f"{key} {one[key]:.4f}" for key in ("auc", "brier", "log_loss", "ece"))
        print(f"{name}: {said}")
        assert ours["auc"] >= one["auc"]
        assert ours["ece"] <= one["ece"]
    assert report["n_test"] == 1848
    assert 0.89 <= ours["auc"] < 0.93, "more would be a leak"


def rivals(found: Evaluation) -> dict[str, dict[str, Any]]:
    """As they come, on all that came before the judged leads; LightGBM is not installed here."""
    parts = parted(found.rows.frame, judged_as(found.trained))
    parts = narrowed(parts, found.trained.report["excluded_features"])
    train = stacked(parts.train, parts.calibrate)
    encoder = Encoder.fit(train, rare_below=1.0)
    design = Design.fit(encoder, encoder.encode(train), train.weight)
    seen, asked = (design.apply(encoder.encode(one)) for one in (train, parts.test))
    models = {
        "logistic regression": LogisticRegression(max_iter=2_000),
        "XGBoost": xgb.XGBClassifier(n_jobs=1),
    }
    said = {}
    for name, model in models.items():
        chance = model.fit(seen, train.label).predict_proba(asked)[:, 1].astype(float)
        said[name] = metrics(outcomes_of(parts.test, chance))
    return said
