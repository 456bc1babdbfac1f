"""What kind of suggestion it is, by what speaks for it most."""

import numpy as np

from crosssell.models import Recommendation
from crosssell.selling.candidates import SOURCES, Candidates
from crosssell.selling.features import Knowledge
from crosssell.selling.topics import GO_TOGETHER
from revenue.ml.arrays import Anything
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions

Kind = Recommendation.Kind
SPEAKS_FOR = {
    Kind.NEXT: ("sequence",),
    Kind.BUNDLE: (*GO_TOGETHER, "family_share"),
    Kind.LOOKALIKE: ("lookalike", "crossorg", "interest", "industry_lift", "size_lift"),
}
OF_SOURCE = {"sequence": Kind.NEXT, "copurchase": Kind.BUNDLE}


def kinds_said(
    knowledge: Knowledge, pairs: Candidates, parts: Contributions, frame: Frame
) -> Anything:
    """Of a customer that has nothing it is the first; else what adds most says which."""
    names = [one.name for one in frame.features]
    sums = np.column_stack(
        [
            parts.by_feature[:, [names.index(one) for one in group if one in names]].sum(axis=1)
            for group in SPEAKS_FOR.values()
        ]
    )
    kinds = np.array([kind.value for kind in SPEAKS_FOR], dtype=object)
    found: Anything = kinds[sums.argmax(axis=1)]
    silent = sums.max(axis=1, initial=0) <= 0
    found[silent] = Kind.LOOKALIKE.value
    for name, kind in OF_SOURCE.items():
        speaks = silent & pairs.sources[:, list(SOURCES).index(name)]
        found[speaks] = kind.value
    owned = np.diff(knowledge.sources.owned.indptr)
    found[owned[knowledge.standing.catalogue.customer[pairs.account]] == 0] = Kind.FIRST.value
    return found
