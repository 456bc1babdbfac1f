"""Forecasts as the engine would write them, for whoever tests what stands on them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Opportunity
from forecasting.models import BacktestRow, Forecast, ForecastDeal, ForecastNode
from revenue.periods import Length, Period
from revenue.users.models import Org

AS_OF = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = AS_OF.date()
METHOD = {
    "seed": 1,
    "draws": 1000,
    "shocks": {"period": 0.2, "team": 0.2, "segment": 0.1},
    "ratios": [0.5 + nth / 63 for nth in range(64)],
    "widening": 1.2,
    "level": 0.95,
    "open_level": 0.95,
    "new": {"mean": 100.0, "spread": 0.3, "each_mean": 50.0, "each_sd": 20.0, "by_owner": {}},
    "new_weeks": [],
    "history": 9,
}


def a_forecast(org: Org, **said: Any) -> Forecast:
    """The latest of the quarter of `TODAY`; nodes and deals are given to it one by one."""
    length = Length(said.pop("length", Length.QUARTER))
    period = said.pop("period", None) or Period.of(TODAY, length=length)
    usual = {
        "length": period.length,
        "since": period.since,
        "until": period.until,
        "as_of": AS_OF,
        "made_at": AS_OF,
        "source": "model",
        "method": METHOD,
    }
    return Forecast.objects.create(org=org, **{**usual, **said})


def a_node(forecast: Forecast, key: str = "", **said: Any) -> ForecastNode:
    """Of the whole org where no key is given; amounts that fit each other."""
    closed, opened, new = (Decimal(said.pop(name, usual)) for name, usual in PARTS)
    mean = closed + opened + new
    usual: dict[str, Any] = {
        "parent": "" if key else None,
        "name": key,
        "depth": 1 if key else 0,
        "is_total": True,
        "owners": [key] if key else [],
        "closed": closed,
        "from_open": opened,
        "from_new": new,
        "mean": mean,
        "p10": mean * Decimal("0.8"),
        "p50": mean,
        "p90": mean * Decimal("1.25"),
        "stage_weighted": mean * Decimal("1.1"),
        "category_weighted": mean * Decimal("0.9"),
        "year_before": mean * Decimal("0.7"),
        "categories": {
            "closed": float(closed),
            "commit": float(opened / 2),
            "best_case": float(opened),
            "pipeline": float(opened * 2),
        },
        "pipeline": opened * 3,
        "open_deals": 3,
        "weeks": weeks_of(forecast, closed=closed, mean=mean),
    }
    return ForecastNode.objects.create(
        org=forecast.org, forecast=forecast, key=key, **{**usual, **said}
    )


PARTS = (("closed", 400), ("from_open", 500), ("from_new", 100))


def weeks_of(forecast: Forecast, *, closed: Decimal, mean: Decimal) -> list[list[Any]]:
    """Even steps to what is won by the day of the forecast, and from there to the end."""
    today = forecast.as_of.date()
    found = []
    for end in week_ends(forecast):
        if end <= today:
            share = (end - forecast.since).days / max((today - forecast.since).days, 1)
            found.append([end.isoformat(), *[float(closed) * share] * 3])
            continue
        share = (end - today).days / max((forecast.until - today).days, 1)
        middle = float(closed) + float(mean - closed) * share
        found.append([end.isoformat(), middle * 0.8, middle, middle * 1.25])
    return found


def week_ends(forecast: Forecast) -> list[date]:
    days = range(7, (forecast.until - forecast.since).days + 7, 7)
    last = forecast.until - timedelta(days=1)
    return [min(forecast.since + timedelta(days=at - 1), last) for at in days]


def a_forecast_deal(forecast: Forecast, deal: Opportunity, **said: Any) -> ForecastDeal:
    standing = said.get("standing", "won" if deal.is_won else "open")
    usual = {
        "owner_ref": deal.owner_ref,
        "segment": "",
        "standing": standing,
        "stage": deal.stage,
        "category": "",
        "close_date": deal.close_date,
        "amount": deal.corporate_amount,
        "chance": 1.0 if standing == "won" else 0.4,
        "weeks": [1.0] * len(week_ends(forecast)),
    }
    return ForecastDeal.objects.create(
        org=forecast.org,
        forecast=forecast,
        opportunity_ref=deal.external_id,
        **{**usual, **said},
    )


def a_backtest_row(org: Org, **said: Any) -> BacktestRow:
    """Of the whole org at the first day of the third quarter, said 10 too high."""
    since = said.pop("since", date(2026, 7, 1))
    usual = {
        "length": Length.QUARTER,
        "cut": BacktestRow.Cut.FIRST_DAY,
        "as_of": datetime(since.year, since.month, since.day, tzinfo=UTC),
        "key": "",
        "name": "",
        "method": BacktestRow.Method.MODEL,
        "said": Decimal(110),
        "p10": Decimal(90),
        "p90": Decimal(130),
        "actual": Decimal(100),
    }
    return BacktestRow.objects.create(org=org, since=since, **{**usual, **said})
