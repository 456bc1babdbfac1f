from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from forecasting.deals import drifting
from forecasting.deals.training import foresee, train
from forecasting.models import DealScore
from revenue.ml.models import ModelRun
from revenue.users.models import Org
from tests.factories.facts import an_opportunity
from tests.factories.people import OrgFactory
from tests.forecasting.worlds import a_pipeline

UNTIL = datetime(2025, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def a_forecast_of_a_closed_deal(org: Org, *, run: ModelRun, said: float, won: bool) -> None:
    deal = an_opportunity(org=org, won=won, lost=not won, close_date=(UNTIL + 40 * DAY).date())
    for days, probability in ((-5, 0.99), (10, said), (39, 0.99)):
        DealScore.objects.create(
            org=org,
            opportunity_ref=deal.external_id,
            as_of=UNTIL + days * DAY,
            run=run,
            source="model",
            probability=probability,
            low=0,
            high=1,
            base=0,
            is_latest=False,
        )


def test_a_world_that_stands_still_has_not_drifted() -> None:
    org = OrgFactory()
    a_pipeline(org, deals=280, until=UNTIL + 120 * DAY)
    train(org=org, as_of=UNTIL, at=UNTIL)
    found = drifting.reading(foresee(org=org, as_of=UNTIL + 90 * DAY))
    by_name = {one["name"]: one["verdict"] for one in found["features"]}
    # Of deals that are open now most are old: of lives that are over, as many as ever.
    assert by_name["age_days"] == "little"
    assert found["score"]["verdict"] == "little"


def test_drift_is_read_once_a_day_from_what_was_said_before_it_was_known() -> None:
    org = OrgFactory()
    a_pipeline(org, deals=230, until=UNTIL)
    run = train(org=org, as_of=UNTIL, at=UNTIL)
    rng = np.random.default_rng(1)
    for _ in range(80):  # half of what was said came: far beyond chance
        a_forecast_of_a_closed_deal(org, run=run, said=0.8, won=bool(rng.random() < 0.4))
    later = UNTIL + 60 * DAY
    foreseen = foresee(org=org, as_of=later)

    drifting.note(foreseen, at=later)
    run.refresh_from_db()
    (found,) = run.drift
    assert found["calibration"]["groups"] == 80
    assert found["calibration"]["said"] == pytest.approx(0.8)
    assert found["calibration"]["drifted"]
    assert found["score"]["psi"] >= 0
    assert {one["name"] for one in found["features"]} <= {
        one.name for one in foreseen.trained.features
    }

    foreseen.run.refresh_from_db()
    drifting.note(foreseen, at=later + timedelta(hours=6))
    run.refresh_from_db()
    assert len(run.drift) == 1
    drifting.note(foreseen, at=later + DAY)
    run.refresh_from_db()
    assert len(run.drift) == 2
