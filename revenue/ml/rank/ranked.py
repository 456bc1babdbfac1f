"""A ranking that may speak: the members that order, or the plain way that orders better."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from revenue.ml import artefact, calibration
from revenue.ml.arrays import Flags, Floats, Ints, floats
from revenue.ml.calibration import Calibrator
from revenue.ml.frames import Feature, Frame, check_features
from revenue.ml.members import Contributions
from revenue.ml.rank.blending import Blended, Scaled
from revenue.ml.rank.judging import Judgement, K, judge
from revenue.ml.rank.learning import RankSettings, member_from
from revenue.ml.rank.lists import Lists, Market
from revenue.ml.rank.rivals import Way, judge_way, scores_of
from revenue.ml.rank.tops import top_items
from revenue.ml.readiness import Readiness
from revenue.ml.trained import features_from, versions


@dataclass(frozen=True, eq=False)
class RankScores:
    """Of each row: by what it is ordered, how likely it is bought, and what it was scaled by."""

    score: Floats
    probability: Floats
    scaled: Scaled | None

    def take(self, rows: Flags | Ints) -> "RankScores":
        by = self.scaled
        kept = Scaled(by.margins[rows], by.middle[rows], by.spread[rows]) if by else None
        return RankScores(self.score[rows], self.probability[rows], kept)


@dataclass(frozen=True, eq=False)
class Ranked:
    settings: RankSettings
    features: tuple[Feature, ...]
    blend: Blended | None  # none where a plain way orders better, or too little was bought
    way: Way  # the best of the plain ways: it speaks where there is no blend
    way_scale: tuple[float, float]  # its mean and spread over the rows of the validation window
    calibrator: Calibrator
    report: dict[str, Any]

    @property
    def readiness(self) -> Readiness:
        return Readiness.from_json(self.report["readiness"])

    @property
    def kind(self) -> str:
        """ "blend", the name of a member, or that of a plain way."""
        found: str = self.report["kind"]
        return found

    @property
    def ways(self) -> tuple[Way, ...]:
        """All that were held against it, as they were set."""
        return tuple(Way.from_json(one) for one in self.report["ways"])

    def score(self, market: Market, lists: Lists | None = None) -> RankScores:
        """Of the rows of the market's lists, or of others that are asked about in it."""
        asked = lists if lists is not None else market.lists
        if self.blend is None:
            middle, spread = self.way_scale
            score = floats((scores_of(self.way, market, asked) - middle) / spread)
            return RankScores(score, self.calibrator(score), None)
        by = self.blend.scaled(self.frame_of(asked.frame), asked.of)
        score = floats(by.margins @ self.blend.weights)
        return RankScores(score, self.calibrator(score), by)

    def contributions(self, lists: Lists, scores: RankScores) -> Contributions:
        """By feature, of rows and their scores (`take` the same of both); they sum to the score.

        A plain way has none: what a customer has speaks there (`because` of its scorer).
        """
        if self.blend is None or scores.scaled is None:
            nothing = np.zeros((len(scores.score), len(self.features)))
            return Contributions(scores.score, nothing)
        return self.blend.contributions(self.frame_of(lists.frame), scores.scaled)

    def frame_of(self, frame: Frame) -> Frame:
        """With this model's features; a live one may ask for what the data no longer has."""
        names = [one.name for one in self.features]
        check_features(frame.values, self.features)
        return replace(frame, features=self.features, values=frame.values[names])

    def judge(
        self, market: Market, lists: Lists, *, k: int = K, scores: RankScores | None = None
    ) -> Judgement:
        """Its own best k of each list; what no row offered counts against it."""
        if self.blend is None:
            return judge_way(self.way, market, lists, k=k)
        score = (scores or self.score(market, lists)).score
        tops = top_items(score, lists.of, lists.item, lists=len(lists), k=k)
        return judge(tops, market.later(lists), customer=lists.customer)

    def to_bytes(self) -> bytes:
        parts: dict[str, Any] = {
            "what": "ranking",
            "settings": self.settings.as_json(),
            "features": [[f.name, f.kind.value, f.label, f.monotone] for f in self.features],
            "way": self.way.as_json(),
            "way_scale": list(self.way_scale),
            "calibrator": self.calibrator.as_json(),
            "report": self.report,
            "versions": versions(),
            "blend": self.blend.as_json() if self.blend else None,
        }
        return artefact.pack(parts, self.blend.blobs() if self.blend else {})

    @classmethod
    def from_bytes(cls, data: bytes, *, sha256: str) -> "Ranked":
        parts, blobs = artefact.unpack(data, sha256=sha256)
        if parts.get("what") != "ranking":
            raise artefact.ArtefactError("The stored model puts nothing in order.")
        return cls(
            settings=RankSettings.from_json(parts["settings"]),
            features=features_from(parts["features"]),
            blend=blend_from(parts["blend"], blobs) if parts["blend"] else None,
            way=Way.from_json(parts["way"]),
            way_scale=(parts["way_scale"][0], parts["way_scale"][1]),
            calibrator=calibration.from_json(parts["calibrator"]),
            report=parts["report"],
        )


def blend_from(data: Mapping[str, Any], blobs: Mapping[str, bytes]) -> Blended:
    return Blended(
        members={one["member"]: member_from(one, blobs) for one in data["members"]},
        weights=floats(data["weights"]),
        scale=data["scale"],
        middle=floats(data["middle"]),
        spread=floats(data["spread"]),
    )
