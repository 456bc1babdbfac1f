from datetime import timedelta
from typing import Any

import pytest

from accounts.about.pace import LEAST, usual_days
from revenue.users.models import Org
from tests.factories.facts import NOON, a_stage_change, an_opportunity
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def walked(org: Org, *, days: int, **outcome: Any) -> None:
    """From proposal over legal, for a day, back to proposal, for two, to its end."""
    deal = an_opportunity(org=org, **outcome)
    path = ((0, "Proposal"), (days, "Legal"), (days + 1, "Proposal"), (days + 3, deal.stage))
    for day, stage in path:
        a_stage_change(
            org=org,
            opportunity_ref=deal.external_id,
            stage=stage,
            changed_at=NOON + DAY * day,
        )


def test_quartiles_are_of_the_won_deals_of_the_org(django_assert_num_queries: Any) -> None:
    org, other = OrgFactory(), OrgFactory()
    for days in range(1, 12):
        walked(org, days=days, won=True)
        walked(org, days=500, lost=True)
        walked(other, days=900, won=True)
    walked(org, days=700)
    found = usual_days(org)
    assert set(found) == {"Proposal", "Legal"}
    proposal = found["Proposal"]
    assert (proposal.deals, proposal.low, proposal.median, proposal.high) == (11, 5.5, 8, 10.5)
    assert found["Legal"].median == 1
    with django_assert_num_queries(0):
        usual_days(org)


def test_a_few_won_deals_are_not_what_is_usual() -> None:
    org = OrgFactory()
    for _ in range(LEAST - 1):
        walked(org, days=3, won=True)
    assert usual_days(org) == {}
