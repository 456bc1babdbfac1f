"""Reasons as pages show them: bars beside words, and the way from a usual one to this one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from revenue.web.charts import Chart, waterfall

REST = "Everything else"
WIDEST = 100
WIDTH_OF_LABEL = 22
Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Reason:
    title: str
    words: str
    points: float
    width: int  # beside the strongest, of a hundred; nothing where none has points

    @property
    def is_good(self) -> bool:
        return self.points >= 0


def words_of(raw: Raw) -> str:
    return str(raw.get("words") or "")


def reasons_of(raw: Sequence[Raw], *, words: Callable[[Raw], str] = words_of) -> list[Reason]:
    """In the order in which they were kept."""
    points = [float(each.get("points") or 0) for each in raw]
    most = max(map(abs, points), default=0.0)
    return [
        Reason(
            title=str(each.get("title") or ""),
            words=words(each),
            points=one,
            width=max(2, round(WIDEST * abs(one) / most)) if most else 0,
        )
        for each, one in zip(raw, points, strict=True)
    ]


@dataclass(frozen=True)
class Steps:
    """From the first value by the steps to the last; `told` are the values as a table has them."""

    labels: Sequence[str]
    values: Sequence[float]
    texts: Sequence[str]
    told: Sequence[str] = ()


def way_chart(
    steps: Steps, *, name: str, title: str, summary: str, axis: Mapping[str, Any], unit: str
) -> Chart:
    labels = [wrapped(one) for one in steps.labels]
    return Chart(
        id=name,
        title=title,
        summary=summary,
        data=[waterfall(labels, steps.values, texts=steps.texts, lying=True)],
        layout={
            "xaxis": {"tickangle": 0, "nticks": 5, "showgrid": True, **axis},
            "yaxis": {"autorange": "reversed", "automargin": True, "showgrid": False},
            "showlegend": False,
            "margin": {"t": 4, "r": 28, "b": 28, "l": 44},
        },
        columns=("Step", unit),
        rows=list(zip(steps.labels, steps.told or steps.texts, strict=True)),
    )


def wrapped(label: str) -> str:
    """Two lines where a phone has no room for one."""
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= WIDTH_OF_LABEL:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
