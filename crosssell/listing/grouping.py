"""All suggestions of an account together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from crosssell.listing.table import product_name


@dataclass(frozen=True)
class OfAccount:
    rows: Sequence[Any]

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def value(self) -> float | None:
        known = [float(row.value) for row in self.rows if row.value is not None]
        return sum(known) if known else None


def of_accounts(rows: QuerySet[Any]) -> Mapping[str, OfAccount]:
    found = defaultdict(list)
    for row in rows.order_by(F("value").desc(nulls_last=True), "id"):
        row.product_said = product_name(row)
        found[row.account_ref].append(row)
    return {ref: OfAccount(each) for ref, each in found.items()}
