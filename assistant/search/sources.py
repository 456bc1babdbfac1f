"""Which texts of an org are searched, and who may see them.

Each kind is one SELECT of `record_id, title, context, body`: a title finds more than a body, and
the context holds what somebody would add to a question, as the account of a deal.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Account, Activity, Contact, Opportunity
from assistant.models import Passage, SearchIndex
from assistant.search.hits import ACCOUNT, ACTIVITY, CONTACT, DEAL, PASSAGE, AccountOrDeal
from revenue.users.models import Membership

MONTH_DAYS = 30.44


def listed(*columns: str) -> str:
    return f"concat_ws(' · ', {', '.join(f'''nullif({column}, '')''' for column in columns)})"


ACCOUNT_OF = "LEFT JOIN accounts_account a ON a.org_id = r.org_id AND a.external_id = r.account_ref"
DEAL_OF = (
    "LEFT JOIN accounts_opportunity d ON d.org_id = r.org_id AND d.external_id = r.opportunity_ref"
)
LEAD_OF = "LEFT JOIN accounts_lead l ON l.org_id = r.org_id AND l.external_id = r.lead_ref"
RECORDS = """
    SELECT r.id AS record_id, {title} AS title, {context} AS context, {body} AS body
    FROM {table} r {joins}
    WHERE r.org_id = %(org)s AND r.deleted_at IS NULL AND {within}
"""
PASSAGES = """
    SELECT r.id AS record_id, d.title AS title,
        array_to_string(ARRAY(SELECT jsonb_array_elements_text(r.heading)), ' › ') AS context,
        r.text AS body
    FROM assistant_passage r
    JOIN assistant_document d ON d.current_id = r.version_id AND d.deleted_at IS NULL
    WHERE r.org_id = %(org)s
"""


@dataclass(frozen=True)
class Source:
    """`changed` says when a text may have changed, of the row itself and of those it names."""

    kind: str
    model: Any
    select: str
    changed: str

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    def visible_to(self, reader: Membership) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(reader)
        return rows


def records(
    kind: str,
    model: Any,
    *,
    title: str,
    context: str,
    body: str,
    joins: Collection[str] = (),
    within: str = "TRUE",
) -> Source:
    names = ["r", *(join.split(" ON ")[0].split()[-1] for join in joins)]
    return Source(
        kind=kind,
        model=model,
        select=RECORDS.format(
            table=model._meta.db_table,
            title=title,
            context=context,
            body=body,
            joins=" ".join(joins),
            within=within,
        ),
        changed="(" + " OR ".join(f"{name}.synced_at >= %(since)s" for name in names) + ")",
    )


SOURCES: dict[str, Source] = {
    source.kind: source
    for source in (
        Source(PASSAGE, Passage, PASSAGES, "TRUE"),
        records(
            ACCOUNT,
            Account,
            title="r.name",
            context=listed("r.industry", "r.kind", "r.city", "r.country", "r.website"),
            body="r.description",
        ),
        records(
            DEAL,
            Opportunity,
            title="r.name",
            context=listed("a.name", "r.stage", "r.kind", "r.source"),
            body=listed("r.next_step", "r.description"),
            joins=(ACCOUNT_OF,),
        ),
        records(
            CONTACT,
            Contact,
            title="coalesce(nullif(r.name, ''), concat_ws(' ', r.first_name, r.last_name))",
            context=listed("r.title", "r.department", "a.name", "r.city", "r.country"),
            body="r.email",
            joins=(ACCOUNT_OF,),
        ),
        records(
            ACTIVITY,
            Activity,
            title="coalesce(nullif(r.subject, ''), r.kind)",
            context=listed("a.name", "d.name", "l.name", "l.company"),
            body="r.description",
            joins=(ACCOUNT_OF, DEAL_OF, LEAD_OF),
            within="coalesce(r.happens_at, r.created_at, r.synced_at) >= %(activities_since)s",
        ),
    )
}


def parameters(index: SearchIndex, *, as_of: datetime) -> dict[str, Any]:
    """Activities are the many and fade: what is older than the policy's months is left out."""
    days = timedelta(days=MONTH_DAYS * index.activity_months)
    return {"org": index.org_id, "index": index.pk, "activities_since": as_of - days}


def of_account(account: Account) -> dict[str, Q]:
    ref = account.external_id
    deals = Opportunity.objects.filter(org_id=account.org_id, account_ref=ref)
    return {
        ACCOUNT: Q(pk=account.pk),
        DEAL: Q(account_ref=ref),
        CONTACT: Q(account_ref=ref),
        ACTIVITY: Q(account_ref=ref) | Q(opportunity_ref__in=deals.values("external_id")),
    }


def of_deal(deal: Opportunity) -> dict[str, Q]:
    of_its_account = Q(account_ref=deal.account_ref) if deal.account_ref else Q(pk__in=[])
    return {
        ACCOUNT: Q(external_id=deal.account_ref) if deal.account_ref else Q(pk__in=[]),
        DEAL: Q(pk=deal.pk),
        CONTACT: of_its_account,
        ACTIVITY: Q(opportunity_ref=deal.external_id) | (of_its_account & Q(opportunity_ref=None)),
    }


def concerning(about: AccountOrDeal) -> Callable[[str], Q]:
    """Of a kind, which rows are about it; documents of the house are about everything."""
    limits = of_account(about) if isinstance(about, Account) else of_deal(about)
    return lambda kind: limits.get(kind, Q())
