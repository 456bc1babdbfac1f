"""What a scoring writes for the page of each deal: its values, the way to its chance, and more."""

from typing import Any

from django.db import transaction

from forecasting.models import DealAnalysis
from forecasting.reasons.moves import moves_of
from forecasting.reasons.prepared import Prepared
from forecasting.reasons.similar import similar_to
from revenue.ml.arrays import Ints

MOST_REASONS = 3
BATCH = 1_000


def reasons_of(prepared: Prepared, places: Ints) -> list[list[dict[str, Any]]]:
    """Of each deal what speaks loudest for or against it; nothing where a rate speaks."""
    steps = prepared.steps(places, prepared.values(places))
    return [one["steps"][:MOST_REASONS] for one in steps]


def write_analyses(prepared: Prepared, places: Ints) -> None:
    """A row for each deal, in place of the one that it had: as often as one likes."""
    if len(places):
        write(analyses(prepared, places))


def analyses(prepared: Prepared, places: Ints) -> list[DealAnalysis]:
    foreseen, values = prepared.foreseen, prepared.values(places)
    parts = zip(
        foreseen.frame.ids[places].tolist(),
        values,
        prepared.steps(places, values),
        moves(prepared, places, values),
        similar_to(prepared.asked.take(places), prepared.pool),
        strict=True,
    )
    return [
        DealAnalysis(
            org=foreseen.org,
            opportunity_ref=str(ref),
            as_of=foreseen.as_of,
            run=foreseen.run,
            values=own,
            steps=steps,
            moves=reach,
            similar=similar,
        )
        for ref, own, steps, reach, similar in parts
    ]


def moves(
    prepared: Prepared, places: Ints, values: list[dict[str, Any]]
) -> list[list[dict[str, Any]]]:
    model = prepared.model
    if model is None:
        return [[] for _ in values]
    return moves_of(
        prepared.frame(places),
        model,
        prepared.foreseen.scores.probability[places],
        values=values,
        stages=prepared.rates.get("stages", {}),
        first_month=prepared.foreseen.trained.settings.first_month,
    )


@transaction.atomic
def write(rows: list[DealAnalysis]) -> None:
    """An analysis of a newer moment stays: a job that was late does not put the old one back."""
    org, as_of = rows[0].org, rows[0].as_of
    refs = [row.opportunity_ref for row in rows]
    of_these = DealAnalysis.objects.of(org).filter(opportunity_ref__in=refs)
    newer = set(of_these.filter(as_of__gt=as_of).values_list("opportunity_ref", flat=True))
    DealAnalysis.objects.bulk_create(
        [row for row in rows if row.opportunity_ref not in newer],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["org", "opportunity_ref"],
        update_fields=["as_of", "run", "values", "steps", "moves", "similar"],
    )
