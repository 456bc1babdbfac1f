"""A period as it was foreseen, with all that people have said of it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from forecasting.models import (
    BacktestRow,
    BridgeDeal,
    BridgeNode,
    Forecast,
    ForecastBridge,
    ForecastCall,
    ForecastDeal,
    ForecastNode,
    ForecastPolicy,
    Scenario,
    WeeklyMail,
    WeeklyReader,
    WeeklyReport,
)
from revenue.periods import Period
from revenue.users.models import Membership, Org
from tests.factories.facts import NOON

METHOD = {
    "seed": 1,
    "draws": 200,
    "shocks": {"period": 0.2, "team": 0.1, "segment": 0.1},
    "ratios": [1.0] * 64,
    "level": 1.0,
    "widening": 1.0,
    "new": {"mean": 0.0, "spread": 0.2, "each_mean": 1.0, "each_sd": 1.0, "by_owner": {}},
    "new_weeks": [],
    "history": 0,
}
TEN = Decimal(10)


def a_forecast(*, org: Org, today: date | None = None, **facts: Any) -> Forecast:
    period = Period.of(today or org.today(at=NOON))
    usual = {
        "length": period.length.value,
        "since": period.since,
        "until": period.until,
        "as_of": NOON,
        "made_at": NOON,
        "source": "model",
        "method": METHOD,
    }
    made: Forecast = Forecast.objects.create(org=org, **usual | facts)
    return made


def a_node(forecast: Forecast, *, key: str = "", **facts: Any) -> ForecastNode:
    money = dict.fromkeys(("closed", "from_open", "from_new", "p10", "p50", "p90"), TEN)
    usual: dict[str, Any] = {"is_total": True, "mean": 3 * TEN, "pipeline": TEN, **money}
    made: ForecastNode = ForecastNode.objects.create(
        org=forecast.org, forecast=forecast, key=key, **usual | facts
    )
    return made


def a_forecast_deal(forecast: Forecast, *, ref: str, **facts: Any) -> ForecastDeal:
    usual: dict[str, Any] = {"standing": "open", "amount": TEN, "chance": 0.5}
    made: ForecastDeal = ForecastDeal.objects.create(
        org=forecast.org, forecast=forecast, opportunity_ref=ref, **usual | facts
    )
    return made


def a_bridge(forecast: Forecast, *, mark: str) -> ForecastBridge:
    """From the forecast of a week before."""
    org, then = forecast.org, forecast.as_of - timedelta(days=7)
    earlier = a_forecast(org=org, as_of=then, made_at=then, is_latest=False)
    a_forecast_deal(earlier, ref=mark)
    made = ForecastBridge.objects.create(
        org=org, before=earlier, after=forecast, made_at=forecast.made_at, problem=mark
    )
    steps = [{"name": "won", "delta": "0.00", "deals": 1}]
    BridgeNode.objects.create(org=org, bridge=made, owners=[mark], steps=steps, then=TEN, now=TEN)
    a_bridge_row(forecast, ref=mark, owner_ref=mark)
    return made


def a_bridge_row(forecast: Forecast, *, ref: str, owner_ref: str | None) -> None:
    """Of a deal, and of its owner's number."""
    bridge = ForecastBridge.objects.get(after=forecast)
    owner: dict[str, Any] = {"owner_then": owner_ref, "owner_now": owner_ref}
    BridgeDeal.objects.create(
        org=forecast.org, bridge=bridge, step="won", opportunity_ref=ref, delta=TEN, **owner
    )
    BridgeNode.objects.create(
        org=forecast.org,
        bridge=bridge,
        key=owner_ref or "",
        owners=[owner_ref],
        steps=[],
        then=TEN,
        now=TEN,
    )


def a_quarter(*, org: Org, member: Membership, mark: str) -> Forecast:
    """One row of everything, each with the mark."""
    forecast = a_forecast(org=org, problem=mark)
    node = a_node(forecast, name=mark, owners=[mark])
    a_forecast_deal(forecast, ref=mark, stage=mark)
    a_bridge(forecast, mark=mark)
    of_period = {"org": org, "length": forecast.length, "since": forecast.since}
    BacktestRow.objects.create(
        **of_period,
        cut="day_1",
        as_of=NOON - timedelta(days=100),
        key=node.key,
        name=mark,
        owners=[mark],
        method="model",
        said=TEN,
        actual=TEN,
    )
    ForecastCall.objects.create(
        **of_period,
        kind="submission",
        by=member,
        by_name=mark,
        owners=[mark],
        made_at=NOON,
        amount=TEN,
        note=mark,
    )
    Scenario.objects.create(**of_period, owner=member.user, name=mark, made_at=NOON)
    ForecastPolicy.objects.create(org=org)
    WeeklyReader.objects.get_or_create(org=org, membership=member, defaults={"since": NOON})
    report, _ = WeeklyReport.objects.get_or_create(
        org=org,
        week=date(2020, 1, 6),
        defaults={"since": date(2019, 12, 30), "until": date(2020, 1, 6), "made_at": NOON},
    )
    WeeklyMail.objects.create(org=org, report=report, membership=member, claimed_at=NOON)
    return forecast
