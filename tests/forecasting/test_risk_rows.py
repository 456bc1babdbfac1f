"""What the tables hold, and who may read them."""

from typing import Any

import pytest

from tests.factories.deals import a_note, a_play, a_score, an_action, an_analysis, an_outlook
from tests.factories.facts import an_opportunity

pytestmark = pytest.mark.django_db


def test_rows_of_a_deal_say_what_the_deal_says() -> None:
    deal = an_opportunity(name="Renewal of Acme")
    outlook = an_outlook(deal=deal, probability=0.25)
    assert (outlook.name, outlook.org, outlook.opportunity) == (deal.name, deal.org, deal)
    parts = [outlook.expected_value or 0, outlook.value_at_risk or 0]
    assert sum(parts) == deal.corporate_amount
    play = a_play(org=deal.org)
    rows: list[Any] = [an_analysis(deal=deal), a_score(deal=deal), a_note(deal=deal)]
    rows.append(an_action(deal=deal, play=play, state="done"))
    assert {row.opportunity for row in rows} == {deal}
