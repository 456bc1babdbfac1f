"""What the page on fairness says of a run: its groups in words, in figures and drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from revenue.ml.models import ModelRun
from revenue.users.models import Org
from revenue.web.charts import Chart
from revenue.web.templatetags import web

TITLES = {
    "industry": "Industry",
    "region": "Region",
    "country": "Country",
    "size": "Size",
    "seller": "Seller",
}
SELLER = "seller"
ELSEWHERE_SELLER = "Somebody whom this org does not know"
AS_ELSEWHERE, TOO_FEW = "as elsewhere", "too few to say"
# In the order in which they are told; the first that is clear speaks for a group.
TELLS_WORSE = {
    "auc": "it tells them apart less well here",
    "skill": "it tells less of what comes here",
}
STANDING_OUT, USUAL = "var(--negative)", "var(--chart-1)"
LEAST_DRAWN = 2
FORMATS = {"chance": ".0%", "order": ".2f", "amount": "~s"}


@dataclass(frozen=True)
class Line:
    """Of a group; the figures are there where it is not too small."""

    name: str
    groups: int
    said: str
    came: str
    figure: str
    apart: str  # the AUC
    chosen: str
    remark: str
    stands_out: bool


@dataclass(frozen=True)
class Dimension:
    name: str
    title: str
    lines: Sequence[Line]
    chart: Chart

    @property
    def standing_out(self) -> Sequence[Line]:
        return [one for one in self.lines if one.stands_out]


@dataclass(frozen=True)
class Fair:
    run: ModelRun
    names: Mapping[str, str] = field(default_factory=dict)  # of sellers

    def name_of(self, row: Mapping[str, Any]) -> str:
        value = str(row["value"])
        is_ref = row["dimension"] == SELLER and not value.startswith("(")
        return self.names.get(value, ELSEWHERE_SELLER) if is_ref else value

    @property
    def sellers(self) -> list[str]:
        return [one["value"] for one in self.rows if one["dimension"] == SELLER]

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.report.get("groups", [])
        return found

    @property
    def is_too_little(self) -> bool:
        return all(one["is_few"] for one in self.rows)

    @property
    def report(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.run.report.get("fairness") or {}
        return found

    @property
    def is_old(self) -> bool:
        """Trained before groups were measured so."""
        return "fairness" not in self.run.report and not self.has_no_model

    @property
    def has_no_model(self) -> bool:
        """There was too little to learn from: plain rates are the same for all by construction."""
        return bool(self.run.report.get("kind") == "rates")

    @property
    def kind(self) -> str:
        return str(self.report.get("kind", ""))

    @property
    def noun(self) -> str:
        return str(self.run.settings.get("noun", "deals"))

    @property
    def dimensions(self) -> list[Dimension]:
        rows = self.rows
        names = dict.fromkeys(one["dimension"] for one in rows)
        return [self.dimension(name, [r for r in rows if r["dimension"] == name]) for name in names]

    def dimension(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Dimension:
        title = TITLES.get(name, name.capitalize())
        lines = [self.line(row) for row in rows]
        return Dimension(name, title, lines, chart_of(name, rows, self))

    def line(self, row: Mapping[str, Any]) -> Line:
        if row["is_few"]:
            name = self.name_of(row)
            return Line(name, row["groups"], "", "", "", "", "", TOO_FEW, stands_out=False)
        remarks = self.remarks(row)
        return Line(
            name=self.name_of(row),
            groups=row["groups"],
            said=self.shown(row["said"]) if "said" in row else "",
            came=between(row, "came", ("low", "high"), self.shown) if "came" in row else "",
            figure=between(row, "figure", ("figure_low", "figure_high"), two_digits),
            apart=between(row, "auc", ("auc_low", "auc_high"), two_digits) if "auc" in row else "",
            chosen=between(row, "chosen", ("chosen_low", "chosen_high"), web.percent)
            if "chosen" in row
            else "",
            remark="; ".join(remarks) or AS_ELSEWHERE,
            stands_out=bool(remarks),
        )

    def remarks(self, row: Mapping[str, Any]) -> list[str]:
        found = [self.remark(row)] if row.get("stands_out") else []
        return [*found, TELLS_WORSE[name]] if (name := worse_by(row)) else found

    def shown(self, value: float) -> str:
        return str(web.percent(value) if self.kind == "chance" else web.number(value))

    def remark(self, row: Mapping[str, Any]) -> str:
        if self.kind == "order":
            return "suggestions fit worse here" if row["beside"] < 0 else "they fit better here"
        if row["beside"] * row["gap"] > 0:
            return f"the model promises too {'much' if row['gap'] > 0 else 'little'} here"
        return f"it promises {'more' if row['beside'] > 0 else 'less'} here than elsewhere"

    @property
    def told(self) -> list[str]:
        """What stands out, a sentence each."""
        rows = sorted(self.rows, key=lambda one: one.get("q", 1.0))
        off = [self.sentence(row) for row in rows if row.get("stands_out")]
        worse = [(row, name) for row in rows if (name := worse_by(row))]
        return [*off, *(self.worse(row, name) for row, name in worse)]

    def worse(self, row: Mapping[str, Any], name: str) -> str:
        here = between(row, name, (f"{name}_low", f"{name}_high"), two_digits)
        others = two_digits(row[name] - row[f"{name}_beside"])
        what = "AUC" if name == "auc" else "share of the ups and downs that it tells"
        return f"{self.name_of(row)}: {what} {here}, of all others {others}: {TELLS_WORSE[name]}."

    def sentence(self, row: Mapping[str, Any]) -> str:
        name = self.name_of(row)
        if self.kind == "order":
            whole = two_digits(self.report["whole"]["figure"])
            told = between(row, "figure", ("figure_low", "figure_high"), two_digits)
            return f"{name}: its order is worth {told}, of all {whole}: {self.remark(row)}."
        came = between(row, "came", ("low", "high"), self.shown)
        return f"{name}: said {self.shown(row['said'])}, came {came}: {self.remark(row)}."

    @property
    def far(self) -> str:
        far = float(self.report.get("far", 0))
        return {"chance": f"{100 * far:.0f} points", "order": two_digits(far)}.get(
            self.kind, str(web.number(far))
        )


def fair_of(runs: Sequence[ModelRun], *, task: str) -> Fair | None:
    """Of the task that is asked for; else of the first."""
    asked = next((run for run in runs if run.task == task), None)
    first = asked or next(iter(runs), None)
    return Fair(first) if first is not None else None


def with_names(fair: Fair, *, org: Org) -> Fair:
    """A report knows sellers by their key in the CRM; whom the keys mean, the org's facts know."""
    if not fair.sellers:
        return fair
    found: Mapping[str, str] = import_string(settings.SELLER_NAMES)(org, fair.sellers)
    return replace(fair, names=found)


def worse_by(row: Mapping[str, Any]) -> str:
    """By which figure the group is told clearly worse; a run of before does not know."""
    return next((name for name in TELLS_WORSE if row.get(f"{name}_stands_out")), "")


def two_digits(value: float) -> str:
    return f"{value:.2f}"


def between(row: Mapping[str, Any], name: str, ends: tuple[str, str], said: Any) -> str:
    if row[name] is None:
        return ""
    low, high = (str(said(row[end])) for end in ends)
    return f"{said(row[name])} ({low} to {high})"


def chart_of(name: str, rows: Sequence[Mapping[str, Any]], fair: Fair) -> Chart:
    """A dot a group with its interval; the whole is a line across."""
    drawn = [row for row in rows if not row["is_few"] and row["figure"] is not None]
    is_order = fair.kind == "order"
    value, low, high = (
        ("figure", "figure_low", "figure_high") if is_order else ("came", "low", "high")
    )
    title = TITLES.get(name, name)
    names = [fair.name_of(row) for row in drawn]
    out = [fair.name_of(row) for row in drawn if fair.remarks(row)]
    data: list[dict[str, Any]] = []
    if len(drawn) >= LEAST_DRAWN:
        data = [
            {
                "type": "scatter",
                "mode": "markers",
                "name": "How good the order was" if is_order else "Came",
                "x": [row[value] for row in drawn],
                "y": names,
                "marker": {
                    "size": 9,
                    "color": [STANDING_OUT if fair.remarks(row) else USUAL for row in drawn],
                },
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [row[high] - row[value] for row in drawn],
                    "arrayminus": [row[value] - row[low] for row in drawn],
                    "color": "var(--text-muted)",
                    "thickness": 1.5,
                },
            }
        ]
        if not is_order:
            data.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": "Said",
                    "x": [row["said"] for row in drawn],
                    "y": names,
                    "marker": {"size": 10, "symbol": "diamond-open", "color": "var(--text)"},
                }
            )
        whole = fair.report["whole"][value]
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "All",
                "x": [whole, whole],
                "y": [names[0], names[-1]],
                "line": {"color": "var(--chart-8)", "dash": "dot"},
                "hoverinfo": "skip",
            }
        )
    shown = two_digits if is_order else fair.shown
    return Chart(
        id=f"fair-{name}",
        title=title,
        summary=f"Standing out: {', '.join(out)}." if out else "Nothing stands out.",
        data=data,
        layout={
            "xaxis": {"tickformat": FORMATS[fair.kind], "nticks": 6},
            "yaxis": {"autorange": "reversed", "automargin": True, "type": "category"},
        },
        columns=(title, "How good" if is_order else "Came", "From", "To"),
        rows=[
            (fair.name_of(row), shown(row[value]), shown(row[low]), shown(row[high]))
            for row in drawn
        ],
    )
