"""What a scoring run needs to know once, so that each chunk of its deals is cheap."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import transaction

from accounts.models import CrmUser
from forecasting.deals.dataset import dataset
from forecasting.deals.training import Foreseen
from forecasting.models import RunBaseRates
from forecasting.reasons.base_rates import Rates, base_rates
from forecasting.reasons.rows import plain_rows
from forecasting.reasons.similar import Measure, Pool, Rows, pool_of, rows_of
from forecasting.reasons.steps import Speaker, Walk, steps_of, steps_of_rate, walk
from forecasting.reasons.topics import drawn_together, topics_of
from revenue.ml.arrays import Ints
from revenue.ml.encode import as_names
from revenue.ml.frames import Frame
from revenue.ml.members import Contributions
from revenue.ml.trained import Model


@dataclass(frozen=True, eq=False)
class Prepared:
    foreseen: Foreseen
    rates: Rates
    sellers: dict[str, str]  # names, by id

    @cached_property
    def speaker(self) -> Speaker:
        features = self.foreseen.scores.features
        currency = self.foreseen.org.currency
        return Speaker(features, topics_of(features), self.rates, currency)

    @property
    def model(self) -> Model | None:
        """None where the rate of a stage speaks: then there are no reasons and no moves."""
        return self.foreseen.trained.model if self.foreseen.scores.source == "model" else None

    @cached_property
    def asked(self) -> Rows:
        foreseen, topics = self.foreseen, self.speaker.topics
        if self.model is None:
            return rows_of(foreseen.frame, self.measure.space(foreseen.frame))
        drawn = drawn_together(foreseen.scores.contributions.by_feature, topics)
        return rows_of(foreseen.frame, drawn.astype("float32"))

    @cached_property
    def measure(self) -> Measure:
        return Measure.of(self.foreseen.trained, self.speaker.topics, self.foreseen.frame)

    @cached_property
    def pool(self) -> Pool:
        stages = set(self.asked.stage.tolist())
        return pool_of(self.foreseen.lives, self.measure, stages=stages)

    def frame(self, places: Ints) -> Frame:
        """With the model's features, in its order."""
        return self.foreseen.trained.rows_of(self.foreseen.frame.take(places))

    def steps(self, places: Ints, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
        probability = self.foreseen.scores.probability[places]
        frame = self.foreseen.frame.take(places)
        sellers = as_names(frame.column("seller"), missing="")
        if self.model is None:
            stages = as_names(frame.column("stage"), missing="")
            rates = self.foreseen.trained.rates
            return [
                steps_of_rate(stage, float(chance), rates)
                for stage, chance in zip(stages, probability, strict=True)
            ]
        found = self.walk(places, self.model)
        return [
            steps_of(found, at, values[at], self.speaker, seller=self.sellers.get(seller, ""))
            for at, seller in enumerate(sellers)
        ]

    def walk(self, places: Ints, model: Model) -> Walk:
        scores = self.foreseen.scores
        parts = Contributions(
            scores.contributions.base[places], scores.contributions.by_feature[places]
        )
        return walk(parts, scores.probability[places], self.speaker.topics, model.calibrator)

    def values(self, places: Ints) -> list[dict[str, Any]]:
        return plain_rows(self.frame(places))


def prepare(foreseen: Foreseen) -> Prepared:
    names = CrmUser.objects.of(foreseen.org).values_list("external_id", "name")
    return Prepared(foreseen, rates_of_run(foreseen), dict(names))


def rates_of_run(foreseen: Foreseen) -> Rates:
    """Counted at the first scoring by a model, of what was known when it was learned, and kept."""
    org, run = foreseen.org, foreseen.run
    if kept := RunBaseRates.objects.of(org).filter(run=run).first():
        rates: Rates = kept.rates
        return rates
    first_month = foreseen.trained.settings.first_month
    counted = base_rates(dataset(org=org, as_of=run.as_of, first_month=first_month).frame)
    with transaction.atomic():
        row, _ = RunBaseRates.objects.get_or_create(org=org, run=run, defaults={"rates": counted})
    found: Rates = row.rates
    return found
