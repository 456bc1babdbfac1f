"""Keeping a list as one likes to see it: the address without what belongs to a single visit."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from revenue.users.models import Membership, SavedView
from revenue.users.models.saved_view import QUERY_LENGTH

# Lists of higher rooms, by URL name; each is answered at an address that takes the org alone.
PAGES = {
    "forecasting:risk-list": "Deals at risk",
    "forecasting:lead-list": "Lead scores",
    "forecasting:health-list": "Account health",
    "crosssell:recommendation-list": "What to sell next",
}
OF_A_VISIT = ("view", "cursor", "open")
MOST = 100
EVERYTHING = "all"


class SavedViewError(Exception):
    """What cannot be kept; the message says why and what to do."""


@dataclass(frozen=True)
class ShownView:
    view: SavedView
    url: str
    is_own: bool
    is_current: bool


@dataclass(frozen=True)
class Views:
    """What the menu of a list needs: the views to choose from, and which of them is shown."""

    page: str
    own: tuple[ShownView, ...]
    shared: tuple[ShownView, ...]
    everything_url: str
    query: str

    @property
    def current(self) -> ShownView | None:
        return next((each for each in (*self.own, *self.shared) if each.is_current), None)

    @property
    def is_changed(self) -> bool:
        """Whether what is seen differs from the view that it began with."""
        shown = self.current
        return shown is not None and shown.view.query != self.query


def tidy(query: str) -> str:
    found = QueryDict(query.removeprefix("?"), mutable=True)
    for name in OF_A_VISIT:
        found.pop(name, None)
    kept = [(name, value) for name, values in found.lists() for value in values if value]
    return urlencode(kept)


def views_of(reader: Membership, *, page: str, asked: QueryDict, query: str) -> Views:
    """`query` is the list as it is now; `asked` may name the view that it began with."""
    rows = SavedView.objects.visible_to(reader).filter(page=page).select_related("owner__user")
    path = reverse(page, args=[reader.org.slug])
    shown = [
        ShownView(
            view=row,
            url=address_of(row, path=path),
            is_own=row.owner_id == reader.pk,
            is_current=str(row.pk) == asked.get("view", ""),
        )
        for row in rows.order_by("name", "id")[:MOST]
    ]
    own = tuple(each for each in shown if each.is_own)
    has_default = any(each.view.is_default for each in own)
    return Views(
        page=page,
        own=own,
        shared=tuple(each for each in shown if not each.is_own),
        everything_url=f"{path}?view={EVERYTHING}" if has_default else path,
        query=tidy(query),
    )


def address_of(view: SavedView, *, path: str) -> str:
    query = f"&{view.query}" if view.query else ""
    return f"{path}?view={view.pk}{query}"


def default_address(reader: Membership, *, page: str) -> str:
    """Where the plain address of a list leads somebody who has chosen a view to begin with."""
    found = SavedView.objects.of(reader).filter(page=page, is_default=True).first()
    return address_of(found, path=reverse(page, args=[reader.org.slug])) if found else ""


@transaction.atomic
def save(
    *,
    by: Membership,
    page: str,
    name: str,
    query: str,
    at: datetime,
    is_shared: bool = False,
    is_default: bool = False,
) -> SavedView:
    """Under a name that one already uses, the view of that name is what changes."""
    query = tidy(query)
    if len(query) > QUERY_LENGTH:
        raise SavedViewError("These filters are too long to keep: choose fewer values.")
    wait_for_others(by)
    own = SavedView.objects.of(by).filter(page=page)
    view = own.filter(name__iexact=name).first()
    if view is None and own.count() >= MOST:
        raise SavedViewError(f"You have {MOST} views of this page: delete one first.")
    if is_default:
        own.update(is_default=False)
    view = view or SavedView(org=by.org, owner=by, page=page)
    view.name, view.query, view.saved_at = name, query, at
    view.is_shared, view.is_default = is_shared, is_default
    view.save()
    return view


@transaction.atomic
def change(
    view: SavedView, *, name: str, is_shared: bool, is_default: bool, at: datetime
) -> SavedView:
    """Renamed, shared or kept to oneself, begun with or not; what it shows stays."""
    wait_for_others(view.owner)
    beside = SavedView.objects.of(view.owner).filter(page=view.page).exclude(pk=view.pk)
    if beside.filter(name__iexact=name).exists():
        raise SavedViewError(f"You have a view named {name} already: give another name.")
    if is_default:
        beside.update(is_default=False)
    view.name, view.is_shared, view.is_default, view.saved_at = name, is_shared, is_default, at
    view.save(update_fields=["name", "is_shared", "is_default", "saved_at"])
    return view


def wait_for_others(owner: Membership) -> None:
    """So that a button pressed twice makes one view, and one default."""
    Membership.objects.select_for_update().only("pk").get(pk=owner.pk)
