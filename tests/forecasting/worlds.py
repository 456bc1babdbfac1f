"""A small org with a past: deals that are worked on more are won more."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from accounts.models import (
    Account,
    Activity,
    Contact,
    FieldChange,
    LineItem,
    Opportunity,
    OpportunityContact,
    Product,
    Purchase,
    StageChange,
)
from revenue.users.models import Org

BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)
STAGES = {"Discovery": 10, "Proposal": 50, "Negotiation": 80}
ENDS = {"Closed Won": 100, "Closed Lost": 0}
KINDS = ("call", "meeting", "task", "email")


@dataclass
class Book:
    """Rows of an org, to be written at once."""

    org: Org
    rows: dict[type[Any], list[Any]] = field(default_factory=dict)

    def add(self, model: type[Any], ref: str, at: datetime, **facts: Any) -> None:
        row = model(org=self.org, external_id=ref, created_at=at, synced_at=at, **facts)
        self.rows.setdefault(model, []).append(row)

    def write(self) -> None:
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows)


def a_pipeline(org: Org, *, deals: int = 40, seed: int = 1, until: datetime | None = None) -> None:
    rng, book = np.random.default_rng(seed), Book(org)
    for place in range(8):
        book.add(Account, f"A{place}", BEGAN, industry=("Retail", "Health")[place % 2],
                 country=("Spain", "Peru", "Japan")[place % 3],
                 employees=800 if place == 1 else None)  # fmt: skip
        title = ("Clerk", "Director of Buying", "Chief Buyer", "Clerk")[min(place, 2 + place % 2)]
        book.add(Contact, f"C{place}", BEGAN, account_ref=f"A{place}", title=title)
        bought = BEGAN + timedelta(days=20 * place)
        book.add(Purchase, f"B{place}", bought, account_ref=f"A{place}", purchased_at=bought)
    facts_change(book)
    for place in range(3):
        book.add(Product, f"P{place}", BEGAN, name=f"Product {place}", family=f"Family {place % 2}")
    for place in range(deals):
        a_deal(book, place, rng, until or BEGAN + timedelta(days=2 * deals + 200))
    book.write()


def facts_change(book: Book) -> None:
    """Somebody rises, an account goes into another industry and grows; the CRM kept both."""
    changes = (
        ("contact", "C1", "title", "Clerk", "Director of Buying", 40),
        ("contact", "C0", "title", "Chief Buyer", "Clerk", 120),
        ("account", "A0", "industry", "Health", "Retail", 60),
        ("account", "A1", "employees", "10", "800", 80),
    )
    for nth, (record, ref, name, before, after, day) in enumerate(changes):
        at = BEGAN + timedelta(days=day)
        book.add(
            FieldChange, f"G{nth}", at, record=record, record_ref=ref, field_name=name,
            old_value=before, new_value=after, changed_at=at,
        )  # fmt: skip


def a_deal(book: Book, place: int, rng: np.random.Generator, until: datetime) -> None:
    ref, began = f"D{place:05d}", BEGAN + timedelta(days=2 * place, hours=int(rng.integers(8)))
    liked = rng.normal()
    is_won = liked + 0.6 * rng.normal() > 0
    length = int(rng.integers(20, 120))
    ended = began + timedelta(days=length)
    amount = float(rng.integers(5, 90) * 1000)
    close = began.date() + timedelta(days=int(rng.integers(20, 90)))
    path = list(STAGES)[: int(rng.integers(1, 4))]
    if rng.random() < 0.2:
        path.append("Discovery")  # it falls back
    moves = sorted(began + timedelta(days=float(rng.uniform(1, length - 1))) for _ in path[1:])
    saves = list(zip([began, *moves], path, strict=True))
    if ended <= until:
        saves.append((ended, "Closed Won" if is_won else "Closed Lost"))
    saves = [(at, stage) for at, stage in saves if at <= until]
    now: dict[str, Any] = {}
    for nth, (at, stage) in enumerate(saves):
        amount *= float(rng.choice([1.0, 1.0, 1.2, 0.9]))
        close += timedelta(days=int(rng.choice([0, 0, 14, -5])))
        now = {"stage": stage, "amount": Decimal(round(amount)), "close_date": close}
        chance = float((STAGES | ENDS)[stage])
        book.add(
            StageChange, f"S{place}-{nth}", at, opportunity_ref=ref, changed_at=at,
            probability=chance, currency="USD", **now,
        )  # fmt: skip
    is_closed = now["stage"] in ENDS
    people(book, place, ref, began, min(ended, until), liked, rng)
    steps(book, place, ref, saves)
    book.add(
        Opportunity, ref, began, name=ref, account_ref=f"A{place % 8}", owner_ref=f"U{place % 4}",
        currency="USD", is_closed=is_closed, is_won=now["stage"] == "Closed Won",
        source=("Web", "Partner")[place % 2], extra={"Tier__c": f"T{len(saves)}"},
        next_step="" if is_closed else f"Step {len(saves)}", **now,
    )  # fmt: skip


def steps(book: Book, place: int, ref: str, saves: list[tuple[datetime, str]]) -> None:
    """Next steps, and a field of the org's own, with their history."""
    for nth, (at, stage) in enumerate(saves[1:], start=1):
        new = "" if stage in ENDS else f"Step {nth + 1}"
        pairs = {"next_step": (f"Step {nth}", new), "Tier__c": (f"T{nth}", f"T{nth + 1}")}
        for name, (before, after) in pairs.items():
            book.add(
                FieldChange, f"F{place}-{nth}-{name}", at, record="opportunity", record_ref=ref,
                field_name=name, old_value=before, new_value=after, changed_at=at,
            )  # fmt: skip


def people(
    book: Book, place: int, ref: str, began: datetime, ended: datetime, liked: float, rng: Any
) -> None:
    weeks = max((ended - began).days / 7, 0.5)
    for nth in range(rng.poisson(weeks * np.exp(0.8 * liked) * 0.7)):
        at = began + (ended - began) * float(rng.random())
        kind = str(rng.choice(KINDS))
        planned = timedelta(days=int(rng.integers(0, 9))) if kind == "meeting" else timedelta()
        book.add(
            Activity, f"T{place}-{nth}", at, kind=kind, opportunity_ref=ref,
            happens_at=at + planned,
            account_ref=f"A{place % 8}", contact_ref=f"C{(place + nth % 2) % 8}", is_done=True,
            is_incoming=bool(rng.random() < 0.5) if kind == "email" else None,
        )  # fmt: skip
    book.add(
        OpportunityContact, f"R{place}", began + timedelta(days=3), opportunity_ref=ref,
        contact_ref=f"C{place % 8}", is_primary=True,
    )  # fmt: skip
    book.add(LineItem, f"L{place}", began, opportunity_ref=ref, product_ref=f"P{place % 3}")
