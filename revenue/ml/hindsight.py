"""Signs that a field was filled in with hindsight, where no history says when it was.

Each sign is one of the data: a field that separates too well, values that only one side has, a
field that only one side fills in, or that goes together with one that was found. What a field is
called lowers how much the data must show, and alone is no sign.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from revenue.ml.arrays import Flags, Floats, Ints, floats, weighted_mean
from revenue.ml.encode import as_names, as_numbers
from revenue.ml.frames import Feature, Frame, Kind
from revenue.ml.judging import wilson
from revenue.ml.settings import Settings

LEAST_PART = 20.0  # leads or deals of a value, below which it is no sign
FEW_VALUES = 40  # of a number: then each is looked at by itself
PARTS = 12
# Near-pure: the rarer side has at most a tenth of its usual share, and surely under a quarter.
PURE, SURELY = 0.1, 0.25
PURE_SHARE, PURE_SHARE_OF_NUMBERS = 0.1, 0.2  # of all that hold such a value
PURE_BOTH = 0.03  # on each side
FILLED_SHARE = 0.01
TOLD_BY_NAME = 0.6  # AUC alone, from which a name that speaks of the end counts
TOLD_INSIDE = 0.65  # the same, of those in which it is filled in
TOLD_BY_PRESENCE = 0.58
TOGETHER = 0.98
NESTED, MOST_HOLDING = 0.97, 0.8
# Written anew each time, or at the end; and judgements, which are made as a lead goes on.
OVERWRITTEN = re.compile(
    r"\b(last|latest|final|notable|outcome|results?|disposition|reasons?|convert\w*|conversion"
    r"|closed|closing|won|lost|end(?:ed)?)\b"
)
JUDGED = re.compile(
    r"\b(scores?|quality|rating|grade|index|rank|tier|stage|status|probability|likelihood"
    r"|propensity|qualif\w*)\b"
)


@dataclass(frozen=True, eq=False)
class Seen:
    """One feature of rows whose outcome is known: which part each row is in, and how it stands."""

    feature: Feature
    place: Ints
    present: Flags
    frame: Frame
    auc: float  # alone
    inside: float  # the same, of those in which it is filled in

    @property
    def presence(self) -> float:
        """AUC of whether it is filled in at all."""
        told = [
            weighted_mean(floats(self.present[side]), self.frame.weight[side])
            for side in (self.frame.label == 1, self.frame.label == 0)
        ]
        return 0.5 + abs(told[0] - told[1]) / 2

    @property
    def filled(self) -> float:
        return weighted_mean(floats(self.present), self.frame.weight)


def why_with_hindsight(seen: Seen, settings: Settings, *, in_a_set: bool) -> str:
    """The first sign that is found, in words."""
    return (
        why_it_separates(seen, settings)
        or why_filled_by_one_side(seen, settings)
        or why_pure(seen, settings)
        or why_by_name(seen, settings, in_a_set=in_a_set)
    )


def why_it_separates(seen: Seen, settings: Settings) -> str:
    if seen.auc <= settings.unrecorded_auc:
        return ""
    return (
        f"Alone it separates {settings.positive} from {settings.negative} with an AUC of"
        f" {seen.auc:.2f}, and no history says when it was filled in: it probably tells the"
        " outcome."
    )


def why_filled_by_one_side(seen: Seen, settings: Settings) -> str:
    frame = seen.frame
    if seen.present.all() or seen.filled < FILLED_SHARE:
        return ""
    side, _ = purity(frame, seen.present)
    if not side:
        return ""
    rate = weighted_mean(frame.label, frame.weight * seen.present)
    said = f"{rate:.0%} {settings.positive}" if side > 0 else f"{1 - rate:.0%} {settings.negative}"
    return (
        f"Of the {settings.noun} in which it is filled in, {said}: it is filled in with the outcome"
        " known."
    )


def why_pure(seen: Seen, settings: Settings) -> str:
    """Values that are found almost only on one side."""
    shares = {1: 0.0, -1: 0.0}
    for part in np.unique(seen.place):
        side, share = purity(seen.frame, seen.place == part)
        if side:
            shares[side] += share
    is_number = seen.feature.kind is Kind.NUMBER
    least = PURE_SHARE_OF_NUMBERS if is_number else PURE_SHARE
    whole = sum(shares.values())
    if whole < least and (is_number or min(shares.values()) < PURE_BOTH):
        return ""
    return (
        f"{whole:.0%} of the {settings.noun} hold values that almost only {settings.positive}"
        f" ({shares[1]:.0%}) or almost only {settings.negative} ({shares[-1]:.0%}) ones have:"
        " it is filled in with the outcome known."
    )


def purity(frame: Frame, here: Flags) -> tuple[int, float]:
    """1 or -1 where almost all of these are of one side, and their share of all."""
    heavy = float(frame.weight[here].sum())
    if heavy < LEAST_PART:
        return 0, 0.0
    usual = weighted_mean(frame.label, frame.weight)
    rate = weighted_mean(frame.label[here], frame.weight[here])
    low, high = wilson(rate, heavy)
    share = heavy / float(frame.weight.sum())
    if rate <= PURE * usual and high <= SURELY * usual:
        return -1, share
    if 1 - rate <= PURE * (1 - usual) and 1 - low <= SURELY * (1 - usual):
        return 1, share
    return 0, share


def why_by_name(seen: Seen, settings: Settings, *, in_a_set: bool) -> str:
    if seen.auc < TOLD_BY_NAME and seen.inside < TOLD_INSIDE:
        return ""
    name, told = spelled(seen.feature), max(seen.auc, seen.inside)
    said = f"Alone it tells the outcome with an AUC of {told:.2f}, no history says when"
    if found := OVERWRITTEN.search(name):
        anew = f"“{found[0]}” is written anew as {settings.noun} go on."
        return f"{said} it was filled in, and {anew}"
    found = JUDGED.search(name)
    has_pure = any(purity(seen.frame, seen.place == one)[0] for one in np.unique(seen.place))
    if found and (in_a_set or has_pure or seen.presence >= TOLD_BY_PRESENCE):
        return f"{said} it was judged, and a “{found[0]}” is judged anew as {settings.noun} go on."
    return ""


def spelled(feature: Feature) -> str:
    """In words of small letters, however a CRM writes its names."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", feature.title)
    return re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()


def companions(found: Mapping[str, str], seen: Mapping[str, Seen]) -> dict[str, str]:
    """What is filled in together with a field that was found, or only where that one is."""
    told: dict[str, str] = {}
    for name, one in seen.items():
        if name in found:
            continue
        for other in found:
            if other in seen and (why := why_beside(one, seen[other])):
                told[name] = why
                break
    return told


def why_beside(one: Seen, other: Seen) -> str:
    if not 0 < other.filled <= MOST_HOLDING or not one.present.any():
        return ""
    title = other.feature.title
    if are_together(one, other):
        return f"It is filled in together with {title}, which was left out: in the same records."
    inside = weighted_mean(floats(other.present), one.frame.weight * one.present)
    if inside >= NESTED and one.presence >= TOLD_BY_PRESENCE:
        return (
            f"It is filled in almost only where {title} is, which was left out, and whether it is"
            " tells the outcome."
        )
    return ""


def are_together(one: Seen, other: Seen) -> bool:
    if not 1 - TOGETHER <= one.filled <= TOGETHER:
        return False
    same = one.present == other.present
    # Of those that are filled in at all, so that two rare fields are not alike by being empty.
    some = one.present | other.present
    return bool(same.mean() >= TOGETHER and same[some].mean() >= TOGETHER)


def values_of(frame: Frame, feature: Feature) -> tuple[Ints, Flags]:
    """Which part each row is in, nothing being one, and whether it is filled in."""
    column = frame.values[feature.name]
    if feature.kind is Kind.CATEGORY:
        names = as_names(column, missing="")
        _, place = np.unique(names.astype(str), return_inverse=True)
        return place.astype(np.int64), np.asarray(names != "", dtype=np.bool_)
    numbers = as_numbers(column)
    there = np.isfinite(numbers)
    place = np.searchsorted(borders(numbers[there]), numbers, side="right")
    return np.where(there, place + 1, 0).astype(np.int64), np.asarray(there, dtype=np.bool_)


def borders(numbers: Floats) -> Floats:
    values = np.unique(numbers)
    if len(values) <= FEW_VALUES:
        return floats(values)
    return floats(np.unique(np.quantile(numbers, np.arange(1, PARTS) / PARTS)))
