"""How good the expansion model is on what came after all that it learned from."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crosssell.expansion.dataset import HORIZON_DAYS, ExpansionRows, dataset
from crosssell.expansion.training import learn
from revenue.ml.frames import Frame
from revenue.ml.number_judging import held_by, values_of
from revenue.ml.pipeline import parted
from revenue.ml.plain import plain
from revenue.ml.regression import Regressed, band_of
from revenue.users.models import Org

MOST_DRIVERS = 10
PROMISED = (80, 90)


@dataclass(frozen=True, eq=False)
class Evaluation:
    trained: Regressed
    rows: ExpansionRows
    test: Frame


def evaluate(*, org: Org, as_of: datetime, horizon_days: int = HORIZON_DAYS) -> Evaluation:
    rows = dataset(org=org, as_of=as_of, horizon_days=horizon_days)
    trained = learn(rows)
    return Evaluation(trained, rows, parted(rows.frame, trained.settings).test)


def report_of(found: Evaluation) -> dict[str, Any]:
    report = found.trained.report
    counts = report["counts"]
    said: dict[str, Any] = plain(
        {
            "horizon_days": found.rows.horizon_days,
            "n_train": counts["train"]["groups"],
            "n_test": counts["test"]["groups"],
            "rows": {name: part["rows"] for name, part in counts.items()},
            "windows": report["windows"],
            "kind": report["kind"],
            "candidates": report["candidates"],
            "metrics": report["metrics"],
            "bands": bands_of(found),
            "skill": report["skill"],
            "gate": report["gate"],
            "baselines": report["baselines"],
            "calibration": report["tenths"],
            "found_first": report["found_first"],
            "readiness": report["readiness"],
            "excluded_features": report["excluded_features"],
            "drivers": [
                one["title"] for one in report["importance"][:MOST_DRIVERS] if one["share"]
            ],
        }
    )
    return said


def bands_of(found: Evaluation) -> dict[str, Any]:
    """How often a band of each width held on the window that judges, made as the one shown."""
    trained = found.trained
    parts = parted(found.rows.frame, trained.settings)
    said = trained.member.margin(parts.calibrate)
    values = values_of(parts.test, trained.member.margin(parts.test))
    bands = {}
    for percent in PROMISED:
        rate = 1 - percent / 100
        band = band_of(said, parts, replace(trained.settings, error_rate=rate))
        bands[str(percent)] = held_by(band, values, error_rate=rate)
    return bands
