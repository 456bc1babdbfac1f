"""Orgs of a group added up draw by draw, in one currency: luck that they share is shared in sums.

Their draws have the luck of the period and of each segment in common, as those of teams of one org
have. An amount of another currency is added at a rate that a CRM of the two knows, or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from django.db.models import Q

from accounts.models import CurrencyRate
from forecasting.models import Forecast
from forecasting.quarter.making import unpacked
from forecasting.quarter.simulation import CENTS
from forecasting.quarter.worlds import Band, band
from revenue.ml.arrays import Floats, floats
from revenue.users.models import Org

ONE = Decimal(1)


@dataclass(frozen=True, eq=False)
class Part:
    """An org's forecast, and what one of its currency is worth in the group's."""

    forecast: Forecast
    worth: Decimal

    def draws(self) -> Floats:
        """In whole cents, so that the parts make the whole in every draw."""
        return floats(np.rint(unpacked(self.forecast.worlds) * float(self.worth)))

    @property
    def band(self) -> Band:
        return band(self.draws() / CENTS)


def total_of(parts: Sequence[Part]) -> Band:
    return band(floats(np.sum([one.draws() for one in parts], axis=0)) / CENTS)


def worth_of(other: Org, *, to: Org, on: date) -> Decimal | None:
    """One of the other's currency in that of `to`; none where neither knows a rate of the day."""
    if other.currency == to.currency:
        return ONE
    if not other.currency or not to.currency:
        return None
    if (rate := rate_of(to, other.currency, on)) is not None:
        return ONE / rate
    return rate_of(other, to.currency, on)


def rate_of(org: Org, currency: str, on: date) -> Decimal | None:
    """How many of a currency one of the org's own is worth."""
    known = CurrencyRate.objects.of(org).present().filter(currency=currency, starts_date__lte=on)
    still = known.filter(Q(ends_date=None) | Q(ends_date__gt=on))
    rate: Decimal | None = still.order_by("-starts_date").values_list("rate", flat=True).first()
    return rate
