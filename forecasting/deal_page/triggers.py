"""What a play may wait for: a warning, or a change within reach."""

from forecasting.reasons.reach import MOVES
from forecasting.risk.catalogue import WARNINGS

Choices = list[tuple[str, str | list[tuple[str, str]]]]
TITLES = {
    **{name: f"Warning: {one.title}" for name, one in WARNINGS.items()},
    **{move.name: f"Within reach: {move.title}" for move in MOVES},
}


def trigger_choices(*, also: str = "") -> Choices:
    """`also`: one that a play has already, such as a mark of the org's own."""
    found: Choices = [
        ("Warnings", [(name, one.title) for name, one in WARNINGS.items()]),
        ("Changes within reach", [(move.name, move.title) for move in MOVES]),
    ]
    if also and also not in TITLES:
        found.append(("As it is", [(also, title_of_trigger(also))]))
    return found


def title_of_trigger(name: str) -> str:
    plain = name.removeprefix("confirm_own_").removeprefix("confirm_").replace("_", " ")
    return TITLES.get(name, f"Within reach: {plain}")
