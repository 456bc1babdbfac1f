"""Runs of models, as rows: what a page and the gate ask of them."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from revenue.ml.models import ModelRun

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FIGURES = {"auc": 0.7, "average_precision": 0.6, "brier": 0.2, "log_loss": 0.58, "ece": 0.02}
BASE = {"auc": 0.5, "average_precision": 0.4, "brier": 0.24, "log_loss": 0.67, "ece": 0.01}
numbers = count(1)


def a_model_run(*, live: bool = False, **facts: Any) -> ModelRun:
    further = {"state": "live", "promoted_at": NOON} if live else {}
    facts = {
        "task": "deal_risk",
        "readiness": "ready",
        "as_of": NOON,
        "metrics": FIGURES,
        "baselines": {"base_rate": BASE},
        "report": {"kind": "linear"},
        "artefact": b"bytes",
        "sha256": f"{next(numbers):064d}",
        "size_bytes": 5,
        "created_at": NOON,
        **further,
        **facts,
    }
    return ModelRun.objects.create(**facts)
