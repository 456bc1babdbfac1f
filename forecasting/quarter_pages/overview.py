"""All that the page of the forecast shows of one node of one forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Sum
from django.urls import reverse

from accounts.models import Opportunity
from forecasting.models import Forecast, ForecastNode
from forecasting.owners import owned_by
from forecasting.quarter.clock import local_day
from forecasting.quarter_pages.asked import Asked
from forecasting.quarter_pages.beside import (
    USUAL_SORT,
    Beside,
    Calls,
    Line,
    amounts_of,
    beside_of,
    calls_seen_by,
    categories_of,
    sorted_lines,
)
from forecasting.quarter_pages.pictures import (
    Told,
    fan_chart,
    moved_chart,
    parts_of,
    won_by_week,
)
from forecasting.quarter_pages.seen import Seen, name_of
from forecasting.quarter_pages.words import headline, how_it_came
from revenue.periods import Period
from revenue.users.models import Membership
from revenue.web.charts import Chart
from revenue.web.templatetags import web


@dataclass(frozen=True)
class Overview:
    reader: Membership
    asked: Asked
    forecast: Forecast
    seen: Seen
    node: Any
    sort: str = USUAL_SORT
    quota: Decimal | None = None

    @property
    def currency(self) -> str:
        return str(self.reader.org.currency)

    @property
    def period(self) -> Period:
        return self.asked.period

    @property
    def name(self) -> str:
        return name_of(self.node, org=self.reader.org)

    @property
    def headline(self) -> str:
        asked = self.asked
        return headline(self.node, period=asked.period, today=asked.today, currency=self.currency)

    def deals(self, **more: str) -> str:
        return deals_url(self.reader, self.asked, self.node, **more)

    @property
    def tiles(self) -> list[dict[str, str]]:
        node = self.node

        def tile(label: str, amount: Any, href: str, hint: str) -> dict[str, str]:
            said = web.compact_money(amount, self.currency)
            return {"label": label, "value": said, "href": href, "hint": hint}

        several = f"{node.open_deals:,} open deal{'' if node.open_deals == 1 else 's'}"
        return [
            tile("P10", node.p10, self.deals(), "9 of 10 cases bring more"),
            tile("P50", node.p50, self.deals(), "As many bring more as less"),
            tile("P90", node.p90, self.deals(), "1 of 10 cases brings more"),
            tile("Closed", node.closed, self.deals(standing="won"), "Won so far"),
            tile("From open", node.from_open, self.deals(standing="open"), several),
            tile("New business", node.from_new, "#how", "Deals not made yet"),
        ]

    @property
    def parts(self) -> Sequence[Any]:
        """Of the mean, which is their sum; percentiles have no parts."""
        won, still_open = (self.deals(standing=one) for one in ("won", "open"))
        return parts_of(self.node, addresses={"closed": won, "open": still_open, "new": "#how"})

    @cached_property
    def calls(self) -> Calls:
        return calls_seen_by(self.reader, period=self.period, forecast=self.forecast)

    @property
    def beside(self) -> list[Beside]:
        return beside_of(self.node, calls=self.calls, period=self.period, currency=self.currency)

    @property
    def categories(self) -> list[dict[str, Any]]:
        """Each with what its deals are filtered by; closed deals are the won ones of the list."""
        return [
            {
                "label": label,
                "amount": amount,
                "url": self.deals(standing="won" if name == "closed" else "open", due="in"),
            }
            for name, label, amount in categories_of(self.node)
        ]

    @property
    def how(self) -> list[tuple[str, str]]:
        return how_it_came(
            self.forecast.method,
            owners=self.node.owners if self.node.key else (),
            new_amount=self.node.from_new,
            length=self.period.length,
            currency=self.currency,
        )

    @cached_property
    def lines(self) -> list[Line]:
        below = self.seen.below(self.node)
        lines = [self.line(one) for one in below]
        return sorted_lines(lines, spec=self.sort)

    def line(self, node: Any) -> Line:
        return line_of(self.reader, self.asked, node, calls=self.calls, above=self.node)

    @property
    def whole(self) -> Line:
        return line_of(self.reader, self.asked, self.node, calls=self.calls)

    @property
    def charts(self) -> list[Chart]:
        fan = fan_chart(
            self.node,
            period=self.period,
            as_of=local_day(self.reader.org, self.forecast.as_of),
            currency=self.currency,
            year_before=self.year_before,
            quota=self.quota,
        )
        moved = moved_chart(self.told, currency=self.currency)
        return [fan, *([moved] if moved else [])]

    @property
    def year_before(self) -> list[tuple[date, float]]:
        """Of the owners whose deals are in the node; nothing where nothing was won."""
        before = self.period.year_before()
        deals = Opportunity.objects.visible_to(self.reader).filter(
            is_won=True, close_date__gte=before.since, close_date__lt=before.until
        )
        if self.node.key:
            deals = deals.filter(owned_by(self.node.owners))
        sums = deals.order_by().values("close_date").annotate(total=Sum("corporate_amount"))
        won = {row["close_date"]: row["total"] or Decimal(0) for row in sums}
        return won_by_week(won, before=before, period=self.period) if won else []

    @property
    def told(self) -> list[Told]:
        """What was said by the end of each day on which the period was foreseen."""
        rows = (
            ForecastNode.objects.visible_to(self.reader)
            .filter(
                forecast__length=self.forecast.length,
                forecast__since=self.forecast.since,
                key=self.node.key,
                is_total=self.node.is_total,
            )
            .order_by("forecast__as_of", "id")
            .values_list("forecast__as_of", "p10", "p50", "p90")
        )
        by_day = {
            local_day(self.reader.org, as_of): band for as_of, *band in rows if None not in band
        }
        return [Told(day, *band) for day, band in by_day.items()]


def deals_url(reader: Membership, asked: Asked, node: Any, **more: str) -> str:
    if not node.is_total:
        more["own"] = "yes"
    path = reverse("forecasting:forecast-deals", args=[reader.org.slug])
    return f"{path}?{asked.query(period=None, team=node.key, **more)}"


def line_of(
    reader: Membership, asked: Asked, node: Any, *, calls: Calls, above: Any = None
) -> Line:
    """What somebody who leads others sells alone has no page of its own: its deals are shown."""
    path = reverse("forecasting:forecast-show", args=[reader.org.slug])
    is_own = above is not None and not node.is_total
    name = name_of(node, org=reader.org)
    return Line(
        name=f"{name}, own deals" if is_own else name,
        url="" if is_own else f"{path}?{asked.query(team=node.key)}",
        deals_url=deals_url(reader, asked, node),
        closed_url=deals_url(reader, asked, node, standing="won"),
        amounts=amounts_of(node, calls=calls),
    )
