"""A public file of customers without dates, as it comes: beside what others learn of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from django.conf import settings
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from forecasting.health.evaluation import Evaluation, evaluate, report_of
from revenue.ml.arrays import floats
from revenue.ml.frames import Kind
from revenue.ml.judging import Outcomes, metrics
from revenue.ml.pipeline import joined, parted
from revenue.ml.tasks import moment_for
from tests.accounts.connectors.csv_files.importing import imported, written
from tests.factories.jobs import an_org

TELCO = Path(settings.BASE_DIR).parent / "shared" / "data" / "public" / "telco_churn"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def judged(path: Path) -> Evaluation:
    org = an_org(slug="telco", kind="csv")
    imported(org, path)
    org.refresh_from_db()
    return evaluate(org=org, as_of=moment_for(org, at=NOW))


def rivals(found: Evaluation) -> dict[str, dict[str, Any]]:
    """As they come, on the same columns and the same split, with all that was not judged on."""
    parts = parted(found.rows.frame, found.trained.settings)
    before, test = joined(parts), parts.test
    kinds = {one.name: one.kind for one in before.features}
    names = [name for name, kind in kinds.items() if kind is Kind.CATEGORY]
    rest = [name for name in kinds if name not in names]
    seen, unseen = (
        frame.values.assign(**{name: frame.values[name].astype(float).fillna(0) for name in rest})
        for frame in (before, test)
    )
    line = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), names), (StandardScaler(), rest)
        ),
        LogisticRegression(max_iter=2_000),
    )
    codes = {name: {one: at for at, one in enumerate(sorted(set(seen[name])))} for name in names}
    tabled, untabled = (
        frame.assign(**{name: frame[name].map(codes[name]).astype(float) for name in names})
        for frame in (seen, unseen)
    )
    trees = xgb.XGBClassifier(n_jobs=1, random_state=0)
    chances = {
        "logistic": line.fit(seen, before.label).predict_proba(unseen)[:, 1],
        "xgboost": trees.fit(tabled, before.label).predict_proba(untabled)[:, 1],
    }
    weight = np.ones(len(test))
    return {
        name: metrics(Outcomes(test.label, floats(one), weight, test.group))
        for name, one in chances.items()
    }


@pytest.mark.slow
@pytest.mark.skipif(not TELCO.exists(), reason="The folder of public data is not here.")
def test_of_telephone_customers_it_learns_no_less_than_others() -> None:
    found = judged(TELCO)
    said = report_of(found)
    assert said["left_by"]["field"] == "Churn"
    assert not said["left_by"]["is_dated"]
    assert said["metrics"]["auc"] >= 0.845
    for name, figures in rivals(found).items():
        assert said["metrics"]["auc"] >= figures["auc"], name
        assert said["metrics"]["ece"] < figures["ece"], name
    assert said["readiness"]["state"] == "ok"
    assert "Churn" in said["excluded_features"]


def test_a_file_of_customers_is_learned_from_as_it_comes(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    header = "customerID,tenure,Contract,MonthlyCharges,TotalCharges,gender,Churn"
    lines = [header]
    for number in range(700):
        tenure, monthly = int(rng.integers(1, 72)), bool(rng.random() < 0.5)
        chance = 1 / (1 + np.exp(1.0 + 0.06 * tenure - 2.5 * monthly))
        cells = [
            f"C{number:05d}",
            tenure,
            "Month-to-month" if monthly else "Two year",
            f"{rng.uniform(20, 100):.2f}",
            f"{rng.uniform(20, 9000):.2f}",
            rng.choice(["Male", "Female"]),
            "Yes" if rng.random() < chance else "No",
        ]
        lines.append(",".join(str(one) for one in cells))
    found = judged(written(tmp_path, customers="\n".join(lines)))
    said = report_of(found)
    assert said["left_by"]["field"] == "Churn"
    assert "drawn by their ids" in said["notes"][1]
    assert said["metrics"]["auc"] > 0.75
    assert set(said["drivers"][:2]) == {"Contract", "tenure"}
    assert not {"Churn", "gender"} & set(said["drivers"])
