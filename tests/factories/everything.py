"""One row of everything that an org can have, each with the same mark in its texts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.models import CrmUser, SearchEntry
from accounts.models.search import SearchWord
from crosssell.models import AllocationPlan
from forecasting.models import (
    DealScore,
    HealthPolicy,
    LeadPolicy,
    RiskPolicy,
    RunBaseRates,
)
from revenue.users.audit import record
from revenue.users.models import ApiKey, AuditEvent, Membership, Org, SavedView
from tests.factories import deals, facts, outlooks, quarter, selling
from tests.factories.facts import NOON
from tests.factories.jobs import a_job
from tests.factories.models import a_model_run
from tests.factories.people import OrgGroupFactory
from tests.factories.uploads import an_upload
from tests.factories.weekly import a_weekly_report
from tests.factories.words_chat import a_conversation
from tests.factories.words_knowledge import a_document
from tests.factories.words_plans import a_plan, a_vote
from tests.factories.words_search import a_search_policy, an_index
from tests.factories.words_writers import a_writer_policy, a_writer_spend

HELD_OUT = "xqheld"  # for nobody: suggestions that are shown to nobody say so


@dataclass(frozen=True)
class Records:
    """What a CRM user owns, and what hangs on it."""

    account: Any
    contact: Any
    lead: Any
    opportunity: Any
    case: Any
    refused: Any


@dataclass(frozen=True)
class System:
    """What an org has once."""

    connection: Any
    field: Any
    object_sync: Any
    run: Any
    model: Any


def records_of(owner: CrmUser, *, mark: str) -> Records:
    """Of every kind that belongs to somebody; `mark` is what a page would show of it."""
    org, ref = owner.org, owner.external_id
    own: dict[str, Any] = {"org": org, "owner_ref": ref, "extra": {"Note__c": mark}}
    account = facts.an_account(name=f"{mark} account", description=mark, phone=mark, **own)
    of_account: dict[str, Any] = {"account_ref": account.external_id}
    contact = facts.a_contact(
        name=f"{mark} contact", email=f"{mark}@example.com", **of_account, **own
    )
    lead = facts.a_lead(name=f"{mark} lead", company=mark, email=f"{mark}@example.com", **own)
    deal = facts.an_opportunity(
        name=f"{mark} deal", next_step=mark, description=mark, **of_account, **own
    )
    case = facts.a_case(subject=f"{mark} case", description=mark, **of_account, **own)
    of_deal = {"org": org, "opportunity_ref": deal.external_id}
    facts.an_opportunity_contact(role=mark, contact_ref=contact.external_id, **of_deal)
    product = facts.a_product(org=org, name="Something that all may know")
    facts.a_line_item(description=mark, product_ref=product.external_id, **of_deal)
    facts.a_purchase(org=org, order_number=mark, product_ref=product.external_id, **of_account)
    facts.an_activity(
        subject=f"{mark} call", description=mark, **of_account, **of_deal, owner_ref=ref
    )
    facts.an_activity(subject=f"{mark} letter", **of_account, **own)
    facts.a_stage_change(stage=mark, by_ref=ref, **of_deal)
    facts.a_snapshot(stage=mark, owner_ref=ref, account_ref=account.external_id, **of_deal)
    for kind, row in {"opportunity": deal, "account": account, "contact": contact}.items():
        facts.a_field_change(org=org, record=kind, record_ref=row.external_id, new_value=mark)
    facts.a_quota(org=org, owner_ref=ref, kind=mark)
    campaign = facts.a_campaign(org=org)
    facts.a_campaign_member(
        org=org, campaign_ref=campaign.external_id, lead_ref=lead.external_id, status=mark
    )
    foreseen_of(deal, mark=mark)
    planned_of(deal, owner, mark=mark)
    selling.an_expansion(account=account)
    expected_of(account, lead=lead, mark=mark)
    sold_of(account, product=product, mark=mark)
    if owner.membership is not None:
        a_conversation(org=org, owner=owner.membership.user, title=f"{mark} question")
    refused = facts.a_refused_row(org=org, reason=mark, row={"Name": mark})
    for row, kind in ((account, "account"), (contact, "contact"), (lead, "lead"), (deal, "deal")):
        SearchEntry.objects.create(
            org=org, kind=kind, record_id=row.pk, name=row.name, words=f"'{org.pk}{kind}:{mark}'"
        )
    return Records(account, contact, lead, deal, case, refused)


def foreseen_of(deal: Any, *, mark: str) -> None:
    reason = {"title": mark, "words": mark, "points": 0.1}
    deals.an_outlook(deal=deal, account_name=mark, owner_name=mark, reasons=[reason])
    deals.an_analysis(deal=deal, values={mark: 1, "days_since_meeting": 3})
    deals.a_score(deal=deal)
    deals.a_note(deal=deal, text=mark)
    deals.an_action(deal=deal, title=mark, play=deals.a_play(org=deal.org, title=f"{mark} play"))
    deals.a_change(deal=deal, account_name=mark, stage_then=mark)


def planned_of(deal: Any, owner: CrmUser, *, mark: str) -> None:
    """Before a call with the customer: written by the owner of the deal, and judged."""
    maker = owner.membership.user if owner.membership else None
    plan = a_plan(deal=deal, by=maker, text=f"{mark} plan")
    if maker is not None:
        a_vote(version=plan.versions.get(), by=maker, reason=mark)


def expected_of(account: Any, *, lead: Any, mark: str) -> None:
    """How well the customer is and what it is worth, and whether the lead becomes one."""
    reasons = [{"name": mark, "title": mark, "words": mark, "points": 0.3}]
    outlooks.a_health(account=account, reasons=reasons)
    outlooks.a_lifetime_value(account=account)
    outlooks.an_account_action(account=account, title=mark)
    outlooks.a_lead_score(lead=lead, reasons=reasons)
    outlooks.a_lead_override(lead=lead, note=mark)


def sold_of(account: Any, *, product: Any, mark: str) -> None:
    """What to sell next to the account, one suggestion of it held out, and who acts."""
    of_account: dict[str, Any] = {"account": account}
    selling.a_recommendation(
        product=product,
        reasons=[{"title": mark, "words": mark, "points": 0.2}],
        lookalikes=[
            {"org": account.org_id, "ref": account.external_id, "likeness": 0.9},
        ],
        **of_account,
    )
    selling.a_recommendation(
        product=facts.a_product(org=account.org, name="Something else that all may know"),
        is_held_out=True,
        reasons=[{"title": HELD_OUT, "words": HELD_OUT, "points": 0.9}],
        **of_account,
    )
    plan = AllocationPlan.objects.filter(org=account.org).first() or selling.a_plan(
        org=account.org, is_adopted=True
    )
    selling.a_plan_row(plan=plan, owner_ref=account.owner_ref, **of_account)


def system_of(org: Org, *, member: Membership, mark: str, secret: str = "") -> System:
    """What an org has once, or what the product itself writes of it; `secret` is for nobody."""
    facts.a_crm_role(org=org, name=f"{mark} role")
    facts.a_currency_rate(org=org)
    connection = facts.a_connection(
        org=org, username=f"{mark}@example.com", client_id=mark, state="stopped"
    )
    if secret:
        connection.write_secrets({"password": secret})
        connection.save()
    field = facts.a_source_field(org=org, label=mark)
    object_sync = facts.an_object_sync(org=org, problem=mark)
    run = facts.a_sync_run(org=org, problem=mark)
    SearchWord.objects.create(org=org, word=mark)
    an_upload(org=org, mark=mark)
    a_job(org=org, started_by=member.user, title=f"{mark} job", succeeded=True)
    ApiKey.objects.create(
        user=member.user,
        org=org,
        name=f"{mark} key",
        prefix=f"ri_{org.pk:09d}",
        secret_hash=secret or mark,
        expires_at=NOON + timedelta(days=3650),
    )
    model = a_model_run(org=org, report={"readiness": {"reasons": [mark]}})
    RunBaseRates.objects.create(org=org, run=model, rates={"features": {mark: {}}})
    DealScore.objects.create(
        org=org,
        opportunity_ref=mark,
        as_of=NOON,
        run=model,
        source="model",
        probability=0.5,
        low=0.4,
        high=0.6,
        base=0,
        contributions={mark: 1},
    )
    RiskPolicy.objects.create(org=org)
    HealthPolicy.objects.create(org=org)
    LeadPolicy.objects.create(org=org)
    selling.a_crosssell_policy(org=org)
    selling.an_action_type(org=org, title=mark)
    deals.a_diagnosis(org, mark=mark, refs=[mark])
    a_weekly_report(org, mark=mark)
    a_document(org=org, title=f"{mark} document", texts=[f"{mark} passage"])
    quarter.a_quarter(org=org, member=member, mark=mark)
    SavedView.objects.create(
        org=org,
        owner=member,
        page="forecasting:risk-list",
        name=f"{mark} view",
        is_shared=True,
        saved_at=NOON,
    )
    # Switched off: no page of a test is to ask anybody outside.
    a_writer_policy(org=org, key=secret or mark, model=mark, is_on=False)
    a_writer_spend(org=org, person=member.user, purpose=mark)
    # Last: it holds what is there by now.
    a_search_policy(org=org, key=secret or mark)
    an_index(org=org)
    record(AuditEvent.Action.ORG_CHANGED, by=member.user, org=org, subject=f"{mark} subject")
    return System(connection, field, object_sync, run, model)


def pair_of(one: Org, other: Org, *, mark: str, accounts: tuple[Any, Any]) -> None:
    """A group, a customer with an account in each, and a match that somebody is to decide."""
    group = OrgGroupFactory(name=f"{mark} group")
    customer = facts.a_customer(group=group, name=f"{mark} customer")
    lower, higher = sorted(accounts, key=lambda row: row.org_id)
    for row in accounts:
        facts.a_customer_account(customer=customer, org=row.org, account_ref=row.external_id)
    Org.objects.filter(pk__in=[one.pk, other.pk]).update(group=group)
    facts.a_match(
        group=group,
        org=lower.org,
        account_ref=lower.external_id,
        other_org=higher.org,
        other_ref=higher.external_id,
        reasons=[mark],
    )
