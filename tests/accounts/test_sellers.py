from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.sellers import sellers_chart

SINCE = date(2026, 10, 1)


def a_seller(name: str, *, pipeline: int | None = None, won: int | None = None) -> Any:
    return SimpleNamespace(
        name=name,
        external_id=name,
        org=SimpleNamespace(slug="acme"),
        open_pipeline=None if pipeline is None else Decimal(pipeline),
        won_total=None if won is None else Decimal(won),
    )


def test_nobody_is_said_to_have_the_most_of_nothing() -> None:
    sellers = [a_seller("Ann", won=20_000), a_seller("Bo", won=5_000)]
    chart = sellers_chart(sellers, currency="USD", since=SINCE)
    assert chart is not None
    assert chart.summary == "Most won: Ann, $20k."


@pytest.mark.parametrize(("currency", "prefix"), [("EUR", "€"), ("CHF", "CHF\u00a0")])
def test_the_scale_of_money_says_in_what(currency: str, prefix: str) -> None:
    sellers = [a_seller("Ann", pipeline=1_000), a_seller("Bo", pipeline=500)]
    chart = sellers_chart(sellers, currency=currency, since=SINCE)
    assert chart is not None
    assert chart.layout["xaxis"]["tickprefix"] == prefix
    assert f"{prefix}%{{x" in chart.data[0]["hovertemplate"]
