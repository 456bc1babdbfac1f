"""The model card: the same sections for the page and for the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from revenue.ml import rank_card
from revenue.ml.models import ModelRun

PLAIN = "{:,.4g}"
FIGURES = (
    ("auc", "AUC", "{:.3f}"),
    ("average_precision", "Average precision", "{:.3f}"),
    ("brier", "Brier score", "{:.4f}"),
    ("log_loss", "Log loss", "{:.4f}"),
    ("ece", "Calibration error (ECE)", "{:.3f}"),
    ("r2", "Variance explained (R²)", "{:.3f}"),
    ("mae", "Mean absolute error", PLAIN),
    ("rmse", "Root mean squared error", PLAIN),
    ("deviance", "Deviance (Poisson)", PLAIN),
    ("pinball", "Pinball loss", PLAIN),
    ("coverage", "Held by its band", "{:.0%}"),
)
BASELINES = {
    "base_rate": "Rate of all before",
    "recent_rate": "Recent rate",
    "stage_rate": "Rate of each stage",
    "logistic": "Logistic regression",
    "mean": "Mean of all before",
    "median": "Median of all before",
    "recent_mean": "Recent mean",
    "linear": "Plain line",
    "last_period": "What the last period brought",
    "segment_mean": "Mean of each segment",
}
KINDS_OF_NUMBERS = {
    "linear": "a regularised line (ridge)",
    "blend": "the mean of a line and boosted trees (XGBoost)",
}
KINDS = {
    "linear": "regularised logistic regression",
    "boosted": "boosted trees (XGBoost)",
    "blend": "the mean of a logistic regression and boosted trees (XGBoost)",
    "hazard": "chances of being won and lost week by week (competing risks)",
    "hazard_blend": "the mean of weekly chances and boosted trees (XGBoost)",
    "whole_blend": "the mean of weekly chances, a logistic regression and boosted trees (XGBoost)",
    "tweedie": "boosted trees that multiply (XGBoost, Tweedie), told in money",
    "two_parts": "boosted trees for whether and for how much (XGBoost), told in money",
    "rates": "no model: the shrunken rate of each stage",
}
CALIBRATIONS = {
    "sigmoid": "a line in log-odds (sigmoid)",
    "beta": "a beta curve",
    "isotonic": "isotonic steps",
    "venn_abers": "Venn–Abers",
}


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    code: str = ""
    is_drawn: bool = False  # on the page, as a chart that has its own table


def card_of(run: ModelRun) -> list[Section]:
    sections = [
        Section("Is it ready to use?", (run.get_readiness_display() + ".", *run.reasons)),
        Section("What it is", about(run), code=f"sha256 {run.sha256}"),
        Section("How good it is", rank_card.chances(run.report), *quality(run)),
        Section("How its members are weighed", (), *rank_card.weights(run.report)),
        said_and_came(run),
        tenths(run),
        tried(run),
        by_when(run),
        drivers(run),
        segments(run),
        left_out(run),
        Section("What it must not be used for", MUST_NOT),
    ]
    return [one for one in sections if one.lines or one.rows]


MUST_NOT = (
    "Its reasons tell what goes together with the outcome, not what causes it.",
    "It scores deals, leads and accounts. No decision about a person should rest on it.",
)


def about(run: ModelRun) -> tuple[str, ...]:
    report = run.report
    counts = report.get("counts", {})
    kind = KINDS.get(report.get("kind", ""), "unknown")
    if run.is_ranking:
        kind, counts = rank_card.kind_of(report), {}
    lines = [
        f"Task: {run.task_title}. Kind: {kind}.",
        f"As of {run.as_of:%d %b %Y}; trained {run.created_at:%d %b %Y %H:%M} UTC.",
    ]
    for name, words in (("train", "Trained"), ("calibrate", "Calibrated"), ("test", "Judged")):
        if name in counts:
            part = counts[name]
            lines.append(
                f"{words} on {part['groups']:,} {run.settings.get('noun', 'deals')}"
                f" ({of_sides(run, part)}{part['rows']:,} moments), {window(report, name)}."
            )
    lines += report.get("notes", [])
    if days := report.get("horizon_days"):
        lines.append(f"It tells what comes within {days} days.")
    if run.is_ranking:
        lines += rank_card.learned_on(report, run.settings["noun"])
    if by := report.get("calibration", {}).get("kind"):
        lines.append(f"Calibrated by {CALIBRATIONS.get(by, by)}.")
    lines.append(f"Stored model: {run.size_bytes:,} bytes.")
    return tuple(lines)


def kind_of(run: ModelRun) -> str:
    kind = run.report.get("kind", "")
    own = KINDS_OF_NUMBERS.get(kind) if "r2" in run.metrics else None
    return own or KINDS.get(kind, "unknown")


def of_sides(run: ModelRun, part: dict[str, Any]) -> str:
    """Of what is won or lost; a number is neither."""
    if "won" not in part:
        return ""
    return (
        f"{part['won']:.0f} {run.settings.get('positive', 'won')},"
        f" {part['lost']:.0f} {run.settings.get('negative', 'lost')}; "
    )


def window(report: dict[str, Any], name: str) -> str:
    is_dated = report.get("left_by", {}).get("is_dated", True)
    if report.get("order") or not is_dated:
        return "apart from one another, since the file holds no days"
    ends = report.get("windows", {})
    borders = {
        "train": ("train_from", "calibrate_from"),
        "calibrate": ("calibrate_from", "test_from"),
        "test": ("test_from", "until"),
    }[name]
    first, last = ((ends.get(one) or "")[:10] for one in borders)
    return f"{first} to {last}"


def title_of(baseline: str, run: ModelRun) -> str:
    level = (run.settings.get("stratum") or "stage").replace("_", " ")
    return BASELINES[baseline].replace("stage", level)


def quality(run: ModelRun) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Each figure beside the same of every baseline."""
    if run.is_ranking:
        return rank_card.quality(run.report)
    if not run.metrics:
        return (), ()
    others = [name for name in BASELINES if name in run.baselines]
    columns = ("Figure", "This model", *(title_of(name, run) for name in others))
    rows = tuple(
        (title, said(run.metrics, key, form), *(said(run.baselines[n], key, form) for n in others))
        for key, title, form in FIGURES
        if key in run.metrics
    )
    return columns, rows


def said(figures: dict[str, Any], key: str, form: str) -> str:
    value = figures.get(key)
    if value is None:
        return "–"
    return in_figures(value) if form == PLAIN else form.format(value)


def in_figures(value: float) -> str:
    """A large number as people write it, a small one by what it holds."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def said_and_came(run: ModelRun) -> Section:
    word = run.settings.get("positive", "won")
    rows = tuple(
        (
            f"{one['from']:.0%} to {one['to']:.0%}",
            f"{one['came']:.0%}",
            f"{one['low']:.0%} to {one['high']:.0%}",
            f"{one['groups']:,}",
        )
        for one in run.report.get("reliability", [])
    )
    columns = ("Scored", f"Were {word}", "90 % interval", "How many")
    return Section("Does it come true?", (), columns, rows, is_drawn=True)


def tenths(run: ModelRun) -> Section:
    """Of a number: from those of whom the least is said to the most."""
    rows = tuple(
        (
            f"{in_figures(one['from'])} to {in_figures(one['to'])}",
            f"{in_figures(one['said'])}",
            f"{in_figures(one['came'])}",
            f"{in_figures(max(one['low'], 0))} to {in_figures(one['high'])}",
            f"{one['coverage']:.0%}",
            f"{one['groups']:,}",
        )
        for one in run.report.get("tenths", [])
    )
    columns = ("Said", "On average", "Came", "90 % interval", "Held by its band", "How many")
    return Section("Does it come, tenth by tenth?", (), columns, rows, is_drawn=True)


def tried(run: ModelRun) -> Section:
    """Of numbers: the root of the mean squared error on the window before the last."""
    rows = tuple(
        (
            first_upper(KINDS_OF_NUMBERS.get(one["kind"]) or KINDS.get(one["kind"], one["kind"])),
            in_figures(one["mse"] ** 0.5),
            "chosen" if one.get("chosen") else "",
        )
        for one in run.report.get("candidates", [])
        if one.get("mse") is not None
    )
    return Section("What was tried", (), ("Kind", "Root mean squared error", ""), rows)


def first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def by_when(run: ModelRun) -> Section:
    words = {
        "won": run.settings.get("positive", "won"),
        "lost": run.settings.get("negative", "lost"),
    }
    rows = tuple(
        (
            f"{word.capitalize()} within {one['weeks']} weeks",
            f"{one[name]['said']:.1%}",
            f"{one[name]['came']:.1%}",
            f"{one[name]['brier']:.4f}",
            f"{one[name]['base']:.4f}",
            f"{one['groups']:,}",
        )
        for name, word in words.items()
        for one in run.report.get("by_when", [])
    )
    columns = ("By when", "Said", "Came", "Brier score", "Brier, plain rate", "How many")
    return Section("Does it come when it was said?", (), columns, rows, is_drawn=True)


def drivers(run: ModelRun) -> Section:
    rows = tuple(
        (one["title"], f"{one['share']:.1%}", one["words"])
        for one in run.report.get("importance", [])
    )
    columns = ("Feature", "Share", "Direction")
    return Section("What moves it", (), columns, rows, is_drawn=True)


def segments(run: ModelRun) -> Section:
    rows = tuple(segment_row(one) for one in run.report.get("segments", []))
    columns = ("Segment", "Value", "How many", "Said", "Came", "AUC", "")
    return Section("Is it as good for everyone?", (), columns, rows)


def segment_row(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        one["segment"].replace("_", " ").capitalize(),
        one["value"],
        f"{one['groups']:,}",
        f"{one['said']:.0%}",
        f"{one['rate']:.0%}",
        said(one, "auc", "{:.2f}"),
        "stands out" if one["stands_out"] else "",
    )


def left_out(run: ModelRun) -> Section:
    rows = tuple(sorted(run.excluded_features.items()))
    return Section("Left out as likely leaks", (), ("Feature", "Why"), rows)


def markdown(run: ModelRun, *, owner: str) -> str:
    lines = [f"# Model card: {escaped(run.task_title)}, {escaped(owner)}", ""]
    for section in card_of(run):
        lines += [f"## {section.title}", ""]
        lines += [f"- {escaped(line)}" for line in section.lines]
        lines += ["", f"`{section.code}`"] if section.code else []
        if section.rows:
            lines += [table_row(section.columns), table_row(["---"] * len(section.columns))]
            lines += [table_row([escaped(cell) for cell in row]) for row in section.rows]
        lines.append("")
    return "\n".join(lines)


def table_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def escaped(text: str) -> str:
    """Names come from a CRM: none of them may become markup, or another cell."""
    for sign in "\\`*_[]<>|":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())
