"""Everything that is known of a deal, for one reader, in a bounded number of questions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.about.deal import account_of, lines_of
from accounts.about.pace import usual_days
from accounts.about.stages import open_stages, stays_of
from accounts.models import Opportunity, Product, StageChange
from assistant.claims import count, day, days, money, share
from assistant.plans.gathering import alike, people
from assistant.plans.gathering.customer import Customer, read_customer
from assistant.plans.gathering.dealings import read_dealings
from assistant.plans.gathering.known import Known, Like, Person, Rival
from assistant.plans.gathering.outlook import Foreseen, foreseen_of
from assistant.plans.gathering.passages import has_word
from forecasting.deal_page.look import Look
from revenue.users.models import Membership

MOST_PRODUCTS = 500
ENOUGH = 10  # won deals in a stage, before their pace is told


@dataclass
class Timing:
    """How long it stands where it is, and what deals that were won needed from here."""

    key: str = ""
    days_in_stage: int | None = None
    usual: int | None = None
    still_needed: int | None = None
    pushes: int = 0
    pushed_days: int = 0


@dataclass
class DealKnown(Known):
    deal: Any = None
    key: str = ""
    currency: str = "USD"
    days_left: int | None = None
    age: int | None = None
    products: list[str] = field(default_factory=list)
    catalogue: Sequence[str] = ()
    customer: Customer | None = None
    foreseen: Foreseen = field(default_factory=Foreseen)
    timing: Timing = field(default_factory=Timing)
    won_like: Sequence[Like] = ()
    lost_like: Sequence[Like] = ()
    rival: str = ""
    has_rival_field: bool = False
    rival_record: Rival | None = None
    rivals_mentioned: Sequence[tuple[str, str]] = ()
    champion: str = ""
    has_champion_field: bool = False
    step_on: date | None = None

    @property
    def product_names(self) -> list[str]:
        """Of its lines, else of the products that its name speaks of."""
        if self.products:
            return self.products
        owned = self.customer.owned if self.customer else []
        known = dict.fromkeys([*self.catalogue, *owned])
        return [each for each in known if has_word(self.deal.name, each)][:3]

    @property
    def company(self) -> str:
        return self.customer.account.name if self.customer else "the customer"

    @property
    def main(self) -> Person | None:
        return next((each for each in self.people if not each.has_left), None)


def deal_known(deal: Opportunity, *, reader: Membership, at: datetime) -> DealKnown:
    org = deal.org
    known = DealKnown(
        org=org, at=at, today=org.today(at=at), seed=f"{org.pk}:{deal.external_id}", deal=deal
    )
    known.currency = deal.currency or org.currency
    look = Look(deal=deal, reader=reader, at=at)
    url = reverse("accounts:deal-show", args=[org.slug, deal.pk])
    read_deal(known, reader=reader, url=url)
    account = account_of(deal, reader=reader)
    known.foreseen = foreseen_of(known, look)
    known.timing = timing_of(known, look.versions, url=url)
    known.people = people.of_deal(known, deal, reader=reader)
    here = sum(1 for each in known.people if not each.has_left)
    known.source("people", "People", f"{url}#people", [count(len(known.people)), count(here)])
    about = Q(opportunity_ref=deal.external_id)
    if account is not None:
        about |= Q(opportunity_ref=None, account_ref=account.external_id)
        known.customer = read_customer(known, account, reader=reader)
    read_dealings(known, reader=reader, about=about, people=known.people)
    known.people = people.with_doubts(known.people, said=known.said)
    similar = known.foreseen.similar
    known.won_like = alike.likes_of(known, similar, outcome="won", reader=reader)
    known.lost_like = alike.likes_of(known, similar, outcome="lost", reader=reader)
    read_rivals(known, reader=reader)
    return known


def read_deal(known: DealKnown, *, reader: Membership, url: str) -> None:
    deal = known.deal
    values = [count(1)]
    if deal.amount is not None:
        values.append(money(deal.amount, known.currency))
    if deal.corporate_amount is not None:
        values.append(money(deal.corporate_amount, known.org.currency))
    if deal.probability is not None:
        values.append(share(deal.probability / 100))
    if deal.close_date:
        known.days_left = (deal.close_date - known.today).days
        ahead = known.days_left >= 0
        values += [day(deal.close_date), days(abs(known.days_left), is_ahead=ahead)]
    if deal.created_at:
        known.age = max(0, (known.today - deal.created_at.date()).days)
        values += [day(deal.created_at.date()), days(known.age)]
    lines = lines_of(deal, reader=reader)
    known.products = list(dict.fromkeys(line.product for line in lines))
    values += [count(line.item.quantity) for line in lines if line.item.quantity is not None]
    values += [count(len(known.products))]
    if not known.products:
        products = Product.objects.visible_to(reader).filter(org=known.org).exclude(name="")
        known.catalogue = list(products.values_list("name", flat=True)[:MOST_PRODUCTS])
    own = " ".join(f"{value}" for value in deal.extra.values() if isinstance(value, str))
    known.key = known.source(
        "deal", "Deal", url, values,
        f"{deal.stage}. {deal.description}. {deal.next_step}. {deal.kind} {own} "
        + " ".join(known.products),
        names=(deal.name, deal.stage, *known.products),
    )  # fmt: skip


def timing_of(known: DealKnown, versions: Sequence[StageChange], *, url: str) -> Timing:
    found = Timing()
    deal = known.deal
    spent = {stay.stage: stay.days for stay in stays_of(deal, versions=versions, at=known.at)}
    usual = {
        stage: each.median for stage, each in usual_days(known.org).items() if each.deals >= ENOUGH
    }
    if deal.stage in spent:
        found.days_in_stage = round(spent[deal.stage])
    if deal.stage in usual:
        found.usual = round(usual[deal.stage])
    stages = open_stages(known.org)
    if deal.stage in stages:
        ahead = stages[stages.index(deal.stage) + 1 :]
        rest = max(0.0, usual.get(deal.stage, 0) - spent.get(deal.stage, 0))
        if found.usual is not None and all(stage in usual for stage in ahead):
            found.still_needed = round(rest + sum(usual[stage] for stage in ahead))
    moved = [
        (after.close_date - before.close_date).days
        for before, after in pairwise(versions)
        if before.close_date and after.close_date
    ]
    found.pushes = sum(1 for each in moved if each > 0)
    found.pushed_days = sum(each for each in moved if each > 0)
    numbers = (found.days_in_stage, found.usual, found.still_needed, found.pushed_days)
    values = [days(each) for each in numbers if each is not None] + [count(found.pushes)]
    found.key = known.source("stages", "Stages", f"{url}#stages", values)
    return found


def read_rivals(known: DealKnown, *, reader: Membership) -> None:
    name, value = alike.own_field(known.deal, alike.COMPETES)
    known.has_rival_field, known.rival = bool(name), value
    champion, holds = alike.own_field(known.deal, alike.CHAMPIONS)
    known.has_champion_field, known.champion = bool(champion), holds
    record = alike.rivals_named(known, field=name, reader=reader)
    url = reverse("accounts:deal-list", args=[known.org.slug])
    known.rival_record = alike.rival_of(known, known.rival, record, url=url)
    texts = [(each.key, each.text) for each in known.said]
    if known.deal.description:
        texts.append((known.key, known.deal.description))
    known.rivals_mentioned = alike.mentioned(texts, [each for each in record if each])
    known.against = [key for _, key in known.rivals_mentioned]
