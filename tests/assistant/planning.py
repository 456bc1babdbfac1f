"""A rep with a deal to be called about, and those above."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Opportunity
from assistant.models import CallPlan
from assistant.plans import changing
from assistant.plans.tasks import write_plan
from revenue.jobs.models import Job
from revenue.jobs.run import JobRun
from revenue.users.models import Membership, Org
from revenue.users.roles import Role
from tests.factories import deals, facts
from tests.factories.jobs import RUNNING
from tests.factories.people import MembershipFactory, OrgFactory

DAY = timedelta(days=1)
OBJECTION = "Northbeam is offering the same scope at a lower price than yours, by 12 %."


@dataclass
class Desk:
    org: Org
    deal: Opportunity
    people: dict[Role, Membership]
    client: Client

    def opens(self, role: Role = Role.REP) -> Client:
        self.client.force_login(self.people[role].user)
        return self.client

    def url(self, name: str, *more: Any) -> str:
        return reverse(f"assistant:{name}", args=[self.org.slug, *more])

    def plan(self) -> CallPlan:
        return CallPlan.objects.get(org=self.org, made_by=self.people[Role.REP].user)

    def started(self) -> CallPlan:
        self.opens().post(self.url("deal-plan-start", self.deal.pk))
        return self.plan()

    def written(self) -> CallPlan:
        plan = self.started()
        done(plan)
        return plan


def done(plan: CallPlan) -> None:
    version = changing.newest_of(plan)
    assert version is not None
    assert version.job is not None
    Job.objects.filter(pk=version.job.pk).update(**RUNNING)
    job = Job.objects.get(pk=version.job.pk)
    write_plan.function(JobRun.of(job))
    Job.objects.filter(pk=job.pk).update(state="succeeded", finished_at=timezone.now())


def a_desk(client: Client) -> Desk:
    org = OrgFactory(slug="acme")
    people = {
        role: MembershipFactory(org=org, role=role)
        for role in (Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.INTEGRATOR)
    }
    for role, boss in {Role.MANAGER: None, Role.REP: "u-manager"}.items():
        facts.a_crm_user(
            org=org, external_id=f"u-{role}", membership=people[role], manager_ref=boss
        )
    now = timezone.now()
    account = facts.an_account(
        org=org, name="Granite Works", owner_ref="u-rep", industry="Manufacturing"
    )
    deal = facts.an_opportunity(
        org=org,
        name="Granite 2024 expansion",
        owner_ref="u-rep",
        account_ref=account.external_id,
        amount=48000,
        currency="USD",
        stage="Proposal",
        close_date=(now - 9 * DAY).date(),
        created_at=now - 80 * DAY,
        description="One view of all sites before the audit.",
        extra={"Competitor__c": "Northbeam", "Champion__c": "None found"},
    )
    contact = facts.a_contact(
        org=org,
        name="Julia Hahn",
        title="Buyer",
        owner_ref="u-rep",
        account_ref=account.external_id,
    )
    facts.an_opportunity_contact(
        org=org,
        opportunity_ref=deal.external_id,
        contact_ref=contact.external_id,
        role="Evaluator",
    )
    facts.an_activity(
        org=org,
        kind="email",
        subject="Re: offer",
        description=f"Hi,\n\n{OBJECTION}\n\nBest,\nJulia",
        opportunity_ref=deal.external_id,
        account_ref=account.external_id,
        owner_ref="u-rep",
        happens_at=now - 20 * DAY,
        is_incoming=True,
        is_done=True,
    )
    deals.an_outlook(
        deal=deal,
        probability=0.31,
        low=0.22,
        high=0.4,
        warnings=["overdue", "no_activity"],
        facts={"days_since_activity": 20.0, "age": 80.0},
    )
    deals.an_analysis(
        deal=deal,
        steps={
            "steps": [
                {
                    "name": "days_since_activity",
                    "topic": "activity",
                    "title": "Activity",
                    "words": "No activity in 20 days",
                    "points": -0.082,
                },
                {
                    "name": "amount_log",
                    "topic": "amount",
                    "title": "Amount",
                    "words": "Amount of $48,000",
                    "points": 0.041,
                },
            ]
        },
        moves=[
            {"name": "book_meeting", "title": "Book a meeting", "points": 0.07, "probability": 0.38}
        ],
    )
    return Desk(org, deal, people, client)
