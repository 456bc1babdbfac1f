"""How good the health model is on what came after all that it learned from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from forecasting.health.dataset import HealthRows, dataset
from forecasting.health.training import learn
from revenue.ml.arrays import floats
from revenue.ml.beside_truth import beside_truth, expected_skill, visible
from revenue.ml.frames import Frame
from revenue.ml.pipeline import parted
from revenue.ml.plain import plain
from revenue.ml.trained import Trained
from revenue.users.models import Org

MOST_DRIVERS = 10


@dataclass(frozen=True, eq=False)
class Evaluation:
    trained: Trained
    rows: HealthRows
    test: Frame

    @property
    def days(self) -> list[np.datetime64]:
        """On which customers were looked at in the test window."""
        return [np.datetime64(one) for one in np.unique(self.test.as_of)]


def evaluate(*, org: Org, as_of: datetime) -> Evaluation:
    rows = dataset(org=org, as_of=as_of)
    trained = learn(rows)
    return Evaluation(trained, rows, parted(rows.frame, trained.settings).test)


def report_of(found: Evaluation) -> dict[str, Any]:
    report = found.trained.report
    counts = report["counts"]
    said: dict[str, Any] = plain(
        {
            "left_by": report["left_by"],
            "notes": report["notes"],
            "horizon_days": report["horizon_days"],
            "n_train": counts["train"]["groups"],
            "n_test": counts["test"]["groups"],
            "rows": {name: part["rows"] for name, part in counts.items()},
            "windows": report["windows"],
            "kind": report["kind"],
            "candidates": report.get("candidates", []),
            "metrics": report.get("metrics", {}),
            "skill": report.get("skill", {}),
            "baselines": report.get("baselines", {}),
            "segments": report.get("segments", []),
            "readiness": report["readiness"],
            "excluded_features": report["excluded_features"],
            "drivers": [
                one["title"] for one in report.get("importance", [])[:MOST_DRIVERS] if one["share"]
            ],
        }
    )
    return said


def beside_oracle(
    found: Evaluation, *, known: Mapping[np.datetime64, Mapping[str, float]]
) -> dict[str, Any]:
    """Whoever knows the hidden satisfaction, asked on the days of the test window, beside us."""
    test = found.test
    said = [
        known.get(at, {}).get(str(ref), np.nan)
        for at, ref in zip(test.as_of, test.ids, strict=True)
    ]
    both = ~np.isnan(floats(said))
    if not both.any() or found.trained.model is None:
        return {}
    part, truth = test.take(both), floats(said)[both]
    ours = found.trained.score(part, source="model").probability
    return {
        "days": [str(one)[:10] for one in known],
        **beside_truth(part.label, ours, truth, part.group),
        "expected": expected_skill(ours, truth),
        "visible": expected_skill(visible(part, truth), truth),
    }
