"""Facts that say nothing of who leaves are not offered: each would only add its noise."""

import math

from revenue.ml.frames import Frame, FrameError
from revenue.ml.leakage import alone_auc
from revenue.ml.pipeline import parted, sides
from revenue.ml.settings import Settings

SURE = 1.645  # standard errors above one half, so that one in twenty that says nothing is taken
LEAST = 3


def telling(frame: Frame, settings: Settings) -> tuple[Frame, dict[str, str]]:
    """Of the training window alone, on customers that the fact was not fitted on."""
    try:
        train = parted(frame, settings).train
    except FrameError:
        return frame, {}
    left, stayed = sides(train)
    if left < settings.least_won or stayed < settings.least_lost:
        return frame, {}
    least = 0.5 + SURE * math.sqrt((1 / left + 1 / stayed) / 12)
    found = {one.name: alone_auc(train, one) or 0.5 for one in train.features}
    strongest = sorted(found, key=lambda name: (-found[name], name))[:LEAST]
    gone = {
        name: f"Alone it says nothing of who left: AUC {auc:.2f}, at least {least:.2f} is asked."
        for name, auc in found.items()
        if auc < least and name not in strongest
    }
    return frame.without(list(gone)), gone
