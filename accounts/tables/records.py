"""The lists of records; an org's totals are counted in its own currency."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db.models import Func, QuerySet, Sum, TextField
from django.db.models.functions import Lower
from django.urls import reverse

from accounts.about.clock import overdue
from revenue.web import filters as f
from revenue.web.tables import Column, Table


class Unaccent(Func):
    function = "unaccent"
    output_field = TextField()


def by_name(rows: QuerySet[Any]) -> QuerySet[Any]:
    """For lists in the order of people, who look for Örsted and ÖRSTED at the same place."""
    found: QuerySet[Any] = rows.annotate(name_in_order=Lower(Unaccent("name")))
    return found


def page_of(url_name: str) -> Any:
    return lambda row: reverse(url_name, args=[row.org.slug, row.pk])


account_page = page_of("accounts:account-show")
contact_page = page_of("accounts:contact-show")
lead_page = page_of("accounts:lead-show")
deal_page = page_of("accounts:deal-show")


def account_of_deal(deal: Any) -> str:
    """Whoever reads a deal reads whose deal it is, unless the CRM has deleted it."""
    account = deal.account
    if account is None or account.deleted_at is not None:
        return ""
    return reverse("accounts:account-show", args=[deal.org.slug, account.pk])


def account_of_contact(contact: Any) -> str:
    if contact.account_seen is None:
        return ""
    return reverse("accounts:account-show", args=[contact.org.slug, contact.account_seen])


def owner_filter(owners: f.Choices) -> tuple[f.Filter, ...]:
    if len(owners) < 2:
        return ()
    return (f.MultiChoiceFilter(name="owner", label="Owner", path="owner_ref", choices=owners),)


def accounts_table(*, currency: str, owners: f.Choices) -> Table:
    return Table(
        id="accounts",
        noun="accounts",
        caption="Accounts",
        default_sort="name",
        columns=(
            Column(name="name", label="Account", sort="name_in_order", href=account_page),
            Column(name="industry", label="Industry", sort="industry"),
            Column(name="kind", label="Type", sort="kind", shown=False),
            Column(
                name="pipeline",
                label="Open pipeline",
                kind="money",
                currency=currency,
                value="open_pipeline",
            ),
            Column(name="owner", label="Owner", value="owner__name"),
            Column(name="city", label="City", sort="city"),
            Column(name="country", label="Country", sort="country"),
            Column(name="employees", label="Employees", kind="number", sort="employees"),
            Column(
                name="revenue",
                label="Annual revenue",
                kind="money",
                value="annual_revenue",
                currency=lambda row: row.currency or currency,
                sort="annual_revenue",
                shown=False,
            ),
            Column(
                name="activity",
                label="Last activity",
                kind="date",
                value="last_activity_date",
                sort="last_activity_date",
            ),
        ),
        filters=(
            f.TextFilter(
                name="q", label="Name, city or website", paths=("name", "city", "website")
            ),
            *owner_filter(owners),
            f.NumberRangeFilter(name="employees", label="Employees", path="employees"),
            f.DateRangeFilter(name="activity", label="Last activity", path="last_activity_date"),
        ),
        empty_title="No account is yours to see",
        empty_text="Accounts come with their owners from the CRM: ask an owner there to share one.",
    )


def contacts_table(*, owners: f.Choices) -> Table:
    return Table(
        id="contacts",
        noun="contacts",
        caption="Contacts",
        default_sort="name",
        columns=(
            Column(
                name="name", label="Contact", value=str, sort="name_in_order", href=contact_page
            ),
            Column(name="title", label="Title", sort="title"),
            Column(name="account", label="Account", value="account_name", href=account_of_contact),
            Column(name="email", label="E-mail", sort="email"),
            Column(name="phone", label="Phone"),
            Column(name="department", label="Department", sort="department", shown=False),
            Column(name="owner", label="Owner", value="owner__name", shown=False),
            Column(
                name="activity",
                label="Last activity",
                kind="date",
                value="last_activity_date",
                sort="last_activity_date",
            ),
        ),
        filters=(
            f.TextFilter(name="q", label="Name, title or e-mail", paths=("name", "title", "email")),
            *owner_filter(owners),
            f.DateRangeFilter(name="activity", label="Last activity", path="last_activity_date"),
        ),
        empty_title="No contact is yours to see",
        empty_text="Contacts come with their accounts from the CRM.",
    )


def leads_table(*, owners: f.Choices, statuses: f.Choices) -> Table:
    return Table(
        id="leads",
        noun="leads",
        caption="Leads",
        default_sort="-created",
        columns=(
            Column(name="name", label="Lead", value=str, sort="name_in_order", href=lead_page),
            Column(name="company", label="Company", sort="company"),
            Column(name="status", label="Status", kind="badge", sort="status"),
            Column(name="source", label="Source", sort="source"),
            Column(name="email", label="E-mail", sort="email"),
            Column(name="country", label="Country", sort="country", shown=False),
            Column(name="owner", label="Owner", value="owner__name"),
            Column(
                name="created", label="Created", kind="date", value="created_at", sort="created_at"
            ),
            Column(
                name="activity",
                label="Last activity",
                kind="date",
                value="last_activity_date",
                sort="last_activity_date",
                shown=False,
            ),
        ),
        filters=(
            f.TextFilter(
                name="q", label="Name, company or e-mail", paths=("name", "company", "email")
            ),
            f.MultiChoiceFilter(name="status", label="Status", path="status", choices=statuses),
            *owner_filter(owners),
            f.DateRangeFilter(name="created", label="Created", path="created_at", moments=True),
        ),
        empty_title="No lead here",
        empty_text="Leads of the CRM that are yours to see stand here until they are converted.",
    )


def amounts(*, currency: str, is_mixed: bool) -> tuple[Column, ...]:
    """Unlike money is neither added up nor sorted: of mixed amounts that is done in the org's."""
    own = Column(
        name="amount",
        label="Amount",
        kind="money",
        sort="" if is_mixed else "amount",
        currency=lambda deal: deal.currency or currency,
    )
    of_org = Column(
        name="corporate",
        label=f"In {currency}",
        kind="money",
        value="corporate_amount",
        sort="corporate_amount",
        currency=currency,
        total=Sum("corporate_amount"),
        shown=is_mixed,
    )
    return own if is_mixed else replace(
        own, total=Sum("corporate_amount"), currency=currency
    ), of_org


def deals_table(
    *,
    currency: str,
    today: date,
    owners: f.Choices,
    stages: f.Choices,
    others: Sequence[str],
    kinds: f.Choices = (),
    industries: f.Choices = (),
) -> Table:
    """`today` tells which open deals are past their close date, `others` are further currencies."""
    return Table(
        id="deals",
        noun="deals",
        caption="Deals",
        default_sort="close",
        columns=(
            Column(name="name", label="Deal", sort="name_in_order", href=deal_page),
            Column(name="account", label="Account", value="account__name", href=account_of_deal),
            Column(
                name="stage",
                label="Stage",
                kind="badge",
                sort="stage",
                badge=lambda deal: stage_colour(deal, today=today),
            ),
            *amounts(currency=currency, is_mixed=bool(others)),
            Column(
                name="close",
                label="Close date",
                kind="date",
                value="close_date",
                sort="close_date",
                note=lambda deal: late(deal, today=today),
            ),
            Column(
                name="probability",
                label="Probability",
                kind="percent",
                value=lambda deal: None if deal.probability is None else deal.probability / 100,
                sort="probability",
                shown=False,
            ),
            Column(name="owner", label="Owner", value="owner__name"),
            Column(
                name="activity",
                label="Last activity",
                kind="date",
                value="last_activity_date",
                sort="last_activity_date",
                shown=not others,
            ),
            Column(name="next", label="Next step", value="next_step", shown=False),
        ),
        filters=(
            f.TextFilter(name="q", label="Deal or next step", paths=("name", "next_step")),
            f.MultiChoiceFilter(name="stage", label="Stage", path="stage", choices=stages),
            *owner_filter(owners),
            f.DateRangeFilter(name="close", label="Close date", path="close_date"),
            f.NumberRangeFilter(
                name="amount", label=f"Amount in {currency}", path="corporate_amount"
            ),
            f.DateRangeFilter(name="activity", label="Last activity", path="last_activity_date"),
            *f.several("kind", "Type", "kind", kinds),
            *f.several("industry", "Industry", "account__industry", industries),
        ),
        empty_title="No deals here",
        empty_text="Choose another state above. A deal of the CRM stands here once you may see it.",
    )


def late(deal: Any, *, today: date) -> str:
    return "" if deal.is_closed else overdue(deal.close_date, today=today)


def stage_colour(deal: Any, *, today: date) -> str:
    if deal.is_won:
        return "positive"
    if deal.is_closed:
        return "negative"
    return "warning" if late(deal, today=today) else "accent"
