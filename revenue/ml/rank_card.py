"""A ranking's figures as a card has them: each way of ordering beside the others."""

from typing import Any

from revenue.ml.rank.learning import TITLES as MEMBERS
from revenue.ml.rank.rivals import TITLES as RIVALS

Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
FIGURES = (
    ("precision", "Precision", "{:.1%}"),
    ("recall", "Recall", "{:.1%}"),
    ("hit_rate", "Lists with a hit", "{:.0%}"),
    ("mrr", "First hit (MRR)", "{:.3f}"),
    ("coverage", "Of the catalogue", "{:.0%}"),
)
MIXTURES = {"equal": "Equal weights", "starting": "Starting weights", "fitted": "Fitted weights"}
KINDS = {
    **{name: f"{title}, the best of the members alone" for name, title in MEMBERS.items()},
    "equal": "network, ranking trees, forest and boosted trees, all weighing the same",
    "starting": "network, ranking trees, forest and boosted trees, by the starting weights",
    "fitted": "network, ranking trees, forest and boosted trees, by fitted weights",
    **{name: f"{title}: no learned order was surely better" for name, title in RIVALS.items()},
}
NOTHING: Table = ((), ())


def kind_of(report: dict[str, Any]) -> str:
    return KINDS.get(report["kind"], "unknown")


def learned_on(report: dict[str, Any], noun: str) -> list[str]:
    lines = []
    for name, words in (("train", "Trained"), ("calibrate", "Chosen"), ("test", "Judged")):
        part = report["counts"][name]
        lines.append(
            f"{words} on {part['lists']:,} lists of {part['groups']:,} {noun}"
            f" ({part['rows']:,} suggestions, {part['won']:,.0f} of them bought within"
            f" {report['windows']['horizon_days']} days)."
        )
    return lines


def quality(report: dict[str, Any]) -> Table:
    """Best first: this one, the plain ways, and the members alone and together."""
    if not report.get("metrics"):
        return NOTHING
    columns = ("Ordered by", "NDCG@10", "90 % interval", *(title for _, title, _ in FIGURES))
    others = {RIVALS[name]: one for name, one in report["baselines"].items()}
    names = MEMBERS | MIXTURES
    others |= {names[name]: one for name, one in report.get("members", {}).items()}
    listed = sorted(others.items(), key=lambda one: -(one[1]["ndcg"] or 0))
    rows = [figures_row("This model", report["metrics"])]
    return columns, (*rows, *(figures_row(name, one) for name, one in listed))


def figures_row(name: str, figures: dict[str, Any]) -> tuple[str, ...]:
    between = figures.get("intervals", {}).get("ndcg")
    return (
        name,
        said(figures, "ndcg", "{:.4f}"),
        f"{between[0]:.4f} to {between[1]:.4f}" if between else "–",
        *(said(figures, key, form) for key, _, form in FIGURES),
    )


def said(figures: dict[str, Any], key: str, form: str) -> str:
    value = figures.get(key)
    return "–" if value is None else form.format(value)


def weights(report: dict[str, Any]) -> Table:
    """Of each member what it began with, what was fitted, and what is used."""
    choice = report.get("choice", {})
    if "weights" not in choice:
        return NOTHING
    found = choice["weights"]
    used = found[choice["chosen"]] if report["kind"] == choice["chosen"] else {}
    columns = ("Member", "Starting weight", "Fitted weight", "Used", "NDCG@10 alone, where chosen")
    rows = tuple(
        (
            MEMBERS.get(name) or RIVALS.get(name, name),
            f"{found['starting'][name]:.0%}",
            f"{found['fitted'][name]:.0%}",
            f"{used.get(name, 0):.0%}",
            said(choice["ndcg"], name, "{:.4f}"),
        )
        for name in found["starting"]
    )
    return columns, rows


def chances(report: dict[str, Any]) -> tuple[str, ...]:
    found = report.get("metrics", {})
    if found.get("ece") is None:
        return ()
    told = (
        f"Its chances of being bought are off by {found['ece']:.1%} on average; Brier score"
        f" {found['brier']:.4f}, of suggestions of which {found['rate']:.1%} were bought."
    )
    return (told,)
