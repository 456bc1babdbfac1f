"""Everything that is known of an account as a whole, for one reader."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.about.account import figures
from accounts.models import Account, Opportunity
from assistant.claims import Value, count, day, days, money, share
from assistant.plans.gathering import alike, people
from assistant.plans.gathering.customer import Customer, acts_of, read_customer
from assistant.plans.gathering.dealings import read_dealings
from assistant.plans.gathering.known import Known
from forecasting.models import DealOutlook
from forecasting.risk.catalogue import title_of
from revenue.users.models import Membership

MOST = 5


@dataclass(frozen=True)
class OpenDeal:
    key: str
    name: str
    stage: str
    amount: Decimal | None
    currency: str
    due: date | None
    probability: float | None
    warnings: Sequence[str]


@dataclass
class AccountKnown(Known):
    account: Any = None
    customer: Customer | None = None
    deals: list[OpenDeal] = field(default_factory=list)
    figures: Any = None
    acts: list[tuple[str, str, str]] = field(default_factory=list)
    rivals_mentioned: Sequence[tuple[str, str]] = ()
    last_won: tuple[str, str, date | None] | None = None

    @property
    def company(self) -> str:
        return str(self.account.name)


def account_known(account: Account, *, reader: Membership, at: datetime) -> AccountKnown:
    org = account.org
    known = AccountKnown(
        org=org,
        at=at,
        today=org.today(at=at),
        seed=f"{org.pk}:{account.external_id}",
        account=account,
    )
    url = reverse("accounts:account-show", args=[org.slug, account.pk])
    known.customer = read_customer(known, account, reader=reader)
    known.figures = figures(account, reader=reader, at=at)
    read_figures(known, url=url)
    known.deals = deals_of(known, reader=reader)
    known.people = people.of_account(known, account, reader=reader)
    read_dealings(
        known,
        reader=reader,
        about=Q(account_ref=account.external_id),
        people=known.people,
    )
    known.people = people.with_doubts(known.people, said=known.said)
    known.acts = acts_of(known, account, reader=reader)
    read_rivals(known, reader=reader)
    return known


def read_figures(known: AccountKnown, *, url: str) -> None:
    found = known.figures
    values: list[Value] = [
        count(found.open_deals),
        count(found.won_deals),
        count(found.open_cases),
        count(found.overdue_deals),
    ]
    sums = (found.open_pipeline, found.won_total)
    values += [money(amount, known.org.currency) for amount in sums if amount is not None]
    if found.last_activity:
        since = (known.today - found.last_activity).days
        values += [day(found.last_activity), days(since, is_ahead=False)]
    known.source("figures", "Account", url, values)


def deals_of(known: AccountKnown, *, reader: Membership) -> list[OpenDeal]:
    """The open ones, those with the most at risk first."""
    ref = known.account.external_id
    outlooks = {
        row.opportunity_ref: row
        for row in DealOutlook.objects.visible_to(reader).filter(org=known.org, account_ref=ref)
    }
    rows = (
        Opportunity.objects.visible_to(reader)
        .filter(org=known.org, account_ref=ref)
        .order_by("is_closed", "-close_date", "-id")
    )
    found = []
    for row in rows[:60]:
        if row.is_closed:
            if row.is_won and known.last_won is None:
                known.last_won = (deal_source(known, row, None), row.name, row.close_date)
            continue
        outlook = outlooks.get(row.external_id)
        found.append(
            OpenDeal(
                deal_source(known, row, outlook),
                row.name,
                row.stage,
                row.amount,
                row.currency or known.org.currency,
                row.close_date,
                outlook.probability if outlook else None,
                [title_of(name) for name in outlook.warnings] if outlook else [],
            )
        )
    found.sort(key=lambda each: (-len(each.warnings), -(each.amount or 0)))
    return found[:MOST]


def deal_source(known: AccountKnown, row: Any, outlook: Any) -> str:
    currency = row.currency or known.org.currency
    values: list[Value] = [count(1)]
    values += [money(row.amount, currency)] if row.amount is not None else []
    if row.close_date:
        left = (row.close_date - known.today).days
        values += [day(row.close_date), days(abs(left), is_ahead=left >= 0)]
    values += [share(outlook.probability)] if outlook else []
    warned = " ".join(title_of(name) for name in outlook.warnings) if outlook else ""
    return known.source(
        f"like:{row.pk}",
        row.name,
        reverse("accounts:deal-show", args=[known.org.slug, row.pk]),
        values,
        f"{row.stage} {row.description} {row.next_step} {warned}",
        names=(row.name, row.stage),
    )


def read_rivals(known: AccountKnown, *, reader: Membership) -> None:
    rows = Opportunity.objects.visible_to(reader).filter(org=known.org).order_by("-id")[:50]
    field_name = next((name for row in rows if (name := named_field(row))), "")
    record = alike.rivals_named(known, field=field_name, reader=reader)
    texts = [(each.key, each.text) for each in known.said]
    known.rivals_mentioned = alike.mentioned(texts, [each for each in record if each])
    known.against = [key for _, key in known.rivals_mentioned]


def named_field(row: Any) -> str:
    return alike.own_field(row, alike.COMPETES)[0]
