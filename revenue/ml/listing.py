"""The list of an org's models."""

from typing import Any

from django.urls import reverse

from revenue.ml.models import ModelRun
from revenue.web.filters import ChoiceFilter
from revenue.web.tables import Column, Table

STATES = {"live": "positive", "candidate": "accent", "retired": ""}
READY = {"ready": "positive", "ok": "warning", "not_ready": "negative"}


def models_table(*, slug: str, tasks: list[str]) -> Table:
    return Table(
        id="models",
        noun="models",
        caption="Models",
        default_sort="-trained",
        columns=(
            Column(
                name="task",
                label="Task",
                sort="task",
                value="task_title",
                href=lambda run: reverse("ml:model-show", args=[slug, run.pk]),
            ),
            Column(
                name="state",
                label="State",
                kind="badge",
                sort="state",
                value="get_state_display",
                badge=lambda run: STATES[run.state],
            ),
            Column(
                name="readiness",
                label="Ready to use",
                kind="badge",
                sort="readiness",
                value="get_readiness_display",
                badge=lambda run: READY[run.readiness],
            ),
            Column(name="auc", label="AUC", value=figure("auc", "{:.3f}")),
            Column(name="r2", label="R²", value=figure("r2", "{:.3f}")),
            Column(name="brier", label="Brier", value=figure("brier", "{:.4f}")),
            Column(
                name="base", label="Brier, plain rate", value=lambda run: said(run.base, "brier")
            ),
            Column(
                name="trained",
                label="Trained",
                kind="moment",
                value="created_at",
                sort="created_at",
            ),
            Column(
                name="promoted", label="Live since", kind="moment", value="promoted_at", shown=False
            ),
            Column(name="reason", label="Remark", kind="long", value="reason"),
        ),
        filters=(
            ChoiceFilter(name="state", label="State", path="state", choices=ModelRun.State.choices),
            ChoiceFilter(
                name="task",
                label="Task",
                path="task",
                choices=[(task, task.replace("_", " ").capitalize()) for task in tasks],
            ),
        ),
    )


def figure(name: str, form: str) -> Any:
    return lambda run: said(run.metrics, name, form)


def said(figures: dict[str, Any], name: str, form: str = "{:.4f}") -> str:
    value = figures.get(name)
    return "" if value is None else form.format(value)
