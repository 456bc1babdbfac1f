"""How good the lead score is on leads that came after all that it learned from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from forecasting.deals.moments import NEVER
from forecasting.deals.running import DAY
from forecasting.leads.dataset import LeadRows, dataset, open_leads
from forecasting.leads.lives import HORIZON_DAYS, lives_of
from forecasting.leads.policy import policy_of
from forecasting.leads.reading import read_past
from forecasting.leads.training import SETTINGS, judged_as, learn, up_to
from revenue.ml.arrays import floats
from revenue.ml.beside_truth import beside_truth
from revenue.ml.frames import Frame, moment, with_all_of
from revenue.ml.pipeline import parted
from revenue.ml.plain import plain
from revenue.ml.trained import Trained
from revenue.users.models import Org

MOST_DRIVERS = 10


@dataclass(frozen=True, eq=False)
class Evaluation:
    trained: Trained
    rows: LeadRows
    test: Frame

    @property
    def test_from(self) -> np.datetime64:
        return moment(self.trained.report["windows"]["test_from"])

    @property
    def last_moment(self) -> np.datetime64:
        return np.datetime64(self.test.as_of.max())


def evaluate(*, org: Org, as_of: datetime, test_from: datetime | None = None) -> Evaluation:
    rows = dataset(org=org, as_of=as_of)
    settings = SETTINGS if test_from is None else up_to(rows, test_from)
    trained = learn(rows, policy_of(org), settings)
    return Evaluation(trained, rows, parted(rows.frame, judged_as(trained)).test)


def report_of(found: Evaluation) -> dict[str, Any]:
    report = found.trained.report
    counts = report["counts"]
    said: dict[str, Any] = plain(
        {
            "n_train": counts["train"]["groups"],
            "n_test": counts["test"]["groups"],
            "rows": {name: part["rows"] for name, part in counts.items()},
            "windows": report["windows"],
            "order": report["order"],
            "kind": report["kind"],
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
    found: Evaluation,
    *,
    org: Org,
    until: datetime,
    known: Mapping[datetime, Mapping[str, float]],
) -> dict[str, Any]:
    """Whoever knows the hidden chances, asked on some days of the test window, and the model."""
    lives = lives_of(read_past(org=org, as_of=until))
    converted = dict(zip(lives.refs.tolist(), lives.converted.tolist(), strict=True))
    said: list[tuple[bool, float, float]] = []
    for as_of, chances in known.items():
        frame = with_all_of(
            open_leads(org=org, as_of=as_of, like=found.trained.features), found.trained
        )
        scores = found.trained.score(frame, source="model").probability
        end = as_of.timestamp() + HORIZON_DAYS * DAY
        for ref, ours in zip(frame.ids.tolist(), scores.tolist(), strict=True):
            if ref in chances:  # one that is gone by now was deleted unconverted
                said.append((converted.get(ref, NEVER) <= end, ours, chances[ref]))
    if not said:
        return {}
    label, ours, theirs = (floats(part) for part in zip(*said, strict=True))
    return {
        "days": [as_of.date().isoformat() for as_of in known],
        **beside_truth(label, ours, theirs, np.arange(len(label))),
    }
