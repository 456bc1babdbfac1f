"""How good the win model is on deals that closed after all that it learned from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from forecasting.deals.dataset import DealRows, dataset, open_deals
from forecasting.deals.training import SETTINGS, learn
from revenue.ml.arrays import Flags, Floats
from revenue.ml.beside_truth import beside_truth
from revenue.ml.frames import Frame, moment, with_all_of
from revenue.ml.judging import Outcomes, metrics
from revenue.ml.learned import NothingToLearnError
from revenue.ml.pipeline import borders, stated_windows
from revenue.ml.plain import plain
from revenue.ml.settings import Settings
from revenue.ml.splits import DAY, last_known, split
from revenue.ml.trained import Trained
from revenue.users.models import Org

CALIBRATE_SHARE = 0.25  # of the deals that had closed before the test window
MOST_DRIVERS = 10
LAST_DAYS = 7


@dataclass(frozen=True, eq=False)
class Evaluation:
    trained: Trained
    rows: DealRows
    test: Frame

    @property
    def test_from(self) -> np.datetime64:
        return moment(self.trained.report["windows"]["test_from"])


def evaluate(*, org: Org, as_of: datetime, test_from: datetime | None = None) -> Evaluation:
    rows = dataset(org=org, as_of=as_of)
    settings = settings_for(rows.frame, test_from=test_from, until=as_of)
    trained = learn(rows, settings)
    windows = borders(rows.frame, replace(settings, **stated_windows(trained)))
    return Evaluation(trained, rows, split(rows.frame, windows).test)


def settings_for(frame: Frame, *, test_from: datetime | None, until: datetime) -> Settings:
    if test_from is None:
        return SETTINGS
    known = frame.take(frame.is_known)
    begin = moment(test_from)
    ends = np.sort(last_known(known)) if len(known) else np.array([], dtype="datetime64[s]")
    before = ends[ends < begin]
    if not len(before):
        raise NothingToLearnError("No deal had closed before that day: give a later one.")
    calibrate = before[int(len(before) * (1 - CALIBRATE_SHARE))]
    return replace(
        SETTINGS,
        calibrate_from=str(min(calibrate, begin - DAY)),
        test_from=str(begin),
        until=str(moment(until + timedelta(seconds=1))),
    )


def report_of(found: Evaluation) -> dict[str, Any]:
    report = found.trained.report
    counts = report["counts"]
    said: dict[str, Any] = plain(
        {
            "n_train": counts["train"]["groups"],
            "n_test": counts["test"]["groups"],
            "rows": {name: part["rows"] for name, part in counts.items()},
            "windows": report["windows"],
            "kind": report["kind"],
            "metrics": report.get("metrics", {}),
            "skill": report.get("skill", {}),
            "baselines": report.get("baselines", {}),
            "by_life": by_life(found),
            "by_when": report.get("by_when", []),
            "segments": report.get("segments", []),
            "readiness": report["readiness"],
            "excluded_features": report["excluded_features"],
            "drivers": [
                one["title"] for one in report.get("importance", [])[:MOST_DRIVERS] if one["share"]
            ],
        }
    )
    return said


def by_life(found: Evaluation) -> dict[str, dict[str, Any]]:
    """The same deals, each once: as they began, half way, and in the week that ended them."""
    test, trained = found.test, found.trained
    if trained.model is None or not len(test):
        return {}
    probability = trained.score(test, source="model").probability
    base = found.trained.report["baselines"]["base_rate"]["mean_probability"]
    said = {}
    for name, chosen in moments_of_life(test).items():
        part = Outcomes(
            test.label[chosen], probability[chosen], np.ones(int(chosen.sum())), test.group[chosen]
        )
        if len(part):
            said[name] = {**metrics(part), "base_rate_brier": float(part.saying(base).brier.mean())}
    return said


def moments_of_life(frame: Frame) -> dict[str, Flags]:
    left = (frame.label_known_at - frame.as_of) / DAY
    age = np.asarray(frame.column("age_days"), dtype=np.float64)
    half = np.abs(age / np.maximum(age + left, 1e-9) - 0.5)
    last = np.where(left <= LAST_DAYS, left, np.inf)
    return {
        "at_creation": nearest(frame, age) & (age < 1),
        "mid_life": nearest(frame, half),
        "last_week": nearest(frame, last) & np.isfinite(last),
    }


def nearest(frame: Frame, distance: Floats) -> Flags:
    """Of each deal the one row that is the nearest."""
    order = np.lexsort((distance, frame.group))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = frame.group[order][1:] != frame.group[order][:-1]
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order[first]] = True
    return chosen


def beside_oracle(
    found: Evaluation, *, org: Org, known: Mapping[datetime, Mapping[str, float]]
) -> dict[str, Any]:
    """Whoever knows the hidden hazard, asked on some days of the test window, and the model."""
    label_of = dict(zip(found.test.ids.tolist(), found.test.label.tolist(), strict=True))
    said: list[tuple[float, float, float, int]] = []
    for as_of, chances in known.items():
        frame = with_all_of(
            open_deals(org=org, as_of=as_of, first_month=found.rows.first_month), found.trained
        )
        scores = found.trained.score(frame, source="model").probability
        for ref, ours, deal in zip(frame.ids, scores, frame.group, strict=True):
            if ref in chances and ref in label_of:
                said.append((label_of[ref], float(ours), chances[ref], int(deal)))
    if not said:
        return {}
    label, ours, theirs, group = (np.array(part) for part in zip(*said, strict=True))
    return {
        "days": [as_of.date().isoformat() for as_of in known],
        **beside_truth(label, ours, theirs, group.astype(np.int64)),
    }
