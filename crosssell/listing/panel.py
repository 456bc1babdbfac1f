"""An account at a glance: what it owns, what it could own, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from accounts.about.account import Owned, products_of
from accounts.models import Account, Product
from crosssell.listing.board import SHOWN_WITH, rows_for
from crosssell.listing.table import product_name, top_reason
from crosssell.models import Recommendation
from revenue.users.models import Membership

RENEWAL = Recommendation.Kind.RENEWAL
SHOWN = 5
MOST_CELLS = 60
SHADES = 4


@dataclass(frozen=True)
class Cell:
    """A product at this account: owned, suggested in one of some shades, or neither."""

    name: str
    look: str
    said: str
    url: str = ""


@dataclass(frozen=True)
class Panel:
    owned: Sequence[Owned]
    could_own: Sequence[Any]
    hidden: int
    of_owned: Sequence[Any]  # what ends or is due again, the first end first, and what may grow
    families: Sequence[tuple[str, Sequence[Cell]]]

    @property
    def value(self) -> float | None:
        known = [float(row.value) for row in self.could_own if row.value is not None]
        return sum(known) if known else None


def panel_of(account: Account, *, reader: Membership) -> Panel:
    rows = rows_for(reader).open().filter(account_ref=account.external_id)
    found = list(
        rows.select_related(*SHOWN_WITH).order_by(F("value").desc(nulls_last=True), "rank", "id")
    )
    for row in found:
        row.product_said, row.top_reason = product_name(row), top_reason(row)
    new = [row for row in found if row.kind not in Recommendation.OWNED]
    had = [row for row in found if row.kind in Recommendation.OWNED]
    owned = products_of(account, reader=reader)
    return Panel(
        owned=owned,
        could_own=new[:SHOWN],
        hidden=max(0, len(new) - SHOWN),
        of_owned=sorted(had, key=lambda row: (row.kind != RENEWAL, row.expires_on, row.pk)),
        families=families_of(reader, owned={each.ref for each in owned}, rows=new),
    )


def families_of(
    reader: Membership, *, owned: set[str], rows: Sequence[Any]
) -> list[tuple[str, list[Cell]]]:
    """The catalogue, family by family; of a long one only what concerns the account."""
    suggested = {row.product_ref: row for row in rows}
    products = Product.objects.visible_to(reader).order_by("family", "name", "id")
    sold = list(products.filter(is_active=True)[: MOST_CELLS + 1])
    if len(sold) > MOST_CELLS:
        sold = list(products.filter(external_id__in=[*owned, *suggested])[:MOST_CELLS])
    families: dict[str, list[Cell]] = {}
    for product in sold:
        cell = cell_of(product, owned=owned, suggested=suggested)
        families.setdefault(product.family or "Other", []).append(cell)
    return list(families.items())


def cell_of(product: Any, *, owned: set[str], suggested: Mapping[str, Any]) -> Cell:
    if product.external_id in owned:
        return Cell(product.name, "owned", "owned")
    row = suggested.get(product.external_id)
    if row is None:
        return Cell(product.name, "none", "neither owned nor suggested")
    most = max(each.probability for each in suggested.values()) or 1.0
    shade = min(SHADES, 1 + int(SHADES * row.probability / most))
    return Cell(product.name, f"shade-{shade}", f"{row.probability:.0%} likely", f"#offer-{row.pk}")
