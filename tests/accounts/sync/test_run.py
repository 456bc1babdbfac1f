import pytest

from accounts.models import Opportunity
from tests.accounts.sync.sources import Source, a_deal, sync
from tests.factories.people import OrgFactory

pytestmark = pytest.mark.django_db


def test_a_first_run_brings_every_row_and_a_second_writes_none() -> None:
    org, source = OrgFactory(), Source()
    source.put("Opportunity", *(a_deal(number, second=number) for number in range(10)))

    first = sync(org, source)

    assert (first.state, first.problem) == ("succeeded", "")
    assert first.rows_written == Opportunity.objects.of(org).count() == 10

    source.calls = 0
    second = sync(org, source)

    assert (second.state, second.rows_written) == ("succeeded", 0)
    assert source.calls <= 1 + 3
