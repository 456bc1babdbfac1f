"""One person of each kind, and one object behind each argument of an address."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from revenue.jobs.models import Job
from revenue.jobs.tasks import check_system
from revenue.users.api_keys import make_key
from revenue.users.audit import record
from revenue.users.models import ApiKey, AuditEvent, Membership, Org, User
from revenue.users.roles import Role
from tests.access.rules import Persona
from tests.factories.facts import (
    a_connection,
    a_contact,
    a_crm_user,
    a_lead,
    a_refused_row,
    a_source_field,
    a_sync_run,
    an_account,
    an_object_sync,
    an_opportunity,
)
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

P = Persona


@dataclass
class World:
    org: Org
    people: dict[Persona, User]
    memberships: dict[Persona, Membership]
    objects: dict[str, Any]

    def argument(self, url_name: str, key: str) -> Any:
        namespace = url_name.partition(":")[0]
        model = url_name.rpartition("_")[0]
        for wanted in (f"{url_name}:{key}", f"{model}:{key}", f"{namespace}:{key}", key):
            if wanted in self.objects:
                return self.objects[wanted]
        raise LookupError(f"Give {key} of {url_name} an object in tests/access/people.py.")


def make_world() -> World:
    org, elsewhere = OrgFactory(slug="inside"), OrgFactory(slug="outside")
    members: dict[Persona, Membership] = {}

    def join(persona: Persona, role: Role, boss: Persona | None = None, **user: Any) -> None:
        members[persona] = MembershipFactory(
            org=org, role=role, reports_to=boss and members[boss], user=UserFactory(**user)
        )

    join(P.EXECUTIVE, Role.EXECUTIVE)
    join(P.MANAGER, Role.MANAGER, P.EXECUTIVE)
    join(P.SIBLING_MANAGER, Role.MANAGER, P.EXECUTIVE)
    join(P.REP, Role.REP, P.MANAGER)
    join(P.OTHER_REP, Role.REP, P.SIBLING_MANAGER)
    join(P.ADMIN, Role.ADMIN)
    join(P.INTEGRATOR, Role.INTEGRATOR)
    join(P.INACTIVE, Role.ADMIN, is_active=False)
    stranger = MembershipFactory(org=elsewhere, role=Role.ADMIN)
    people = {persona: found.user for persona, found in members.items()}
    people |= {P.STRANGER: stranger.user, P.SUPERUSER: UserFactory(is_superuser=True)}
    return World(org=org, people=people, memberships=members, objects=objects(org, members))


def records(org: Org, rep: Membership) -> dict[str, Any]:
    """Of the CRM: each belongs to the rep."""
    owner = a_crm_user(org=org, membership=rep).external_id
    account, contact = an_account(org=org, owner_ref=owner), a_contact(org=org, owner_ref=owner)
    lead, deal = a_lead(org=org, owner_ref=owner), an_opportunity(org=org, owner_ref=owner)
    return {
        "accounts:account-show:pk": account.pk,
        "accounts:contact-show:pk": contact.pk,
        "accounts:lead-show:pk": lead.pk,
        "accounts:deal-show:pk": deal.pk,
        "accounts-api:account-show:external_id": account.external_id,
        "accounts-api:contact-show:external_id": contact.external_id,
        "accounts-api:lead-show:external_id": lead.external_id,
        "accounts-api:opportunity-show:external_id": deal.external_id,
    }


def sync_rows(org: Org) -> dict[str, Any]:
    connection, field = a_connection(org=org, state="stopped"), a_source_field(org=org)
    return {
        "accounts:mapping-change:pk": field.pk,
        "admin:accounts_connection:object_id": connection.pk,
        "admin:accounts_connection_credential:pk": connection.pk,
        "admin:accounts_connection_test:pk": connection.pk,
        "admin:accounts_connection_sync:pk": connection.pk,
        "admin:accounts_syncrun:object_id": a_sync_run(org=org).pk,
        "admin:accounts_objectsync:object_id": an_object_sync(org=org).pk,
        "admin:accounts_refusedrow:object_id": a_refused_row(org=org).pk,
        "admin:accounts_sourcefield:object_id": field.pk,
    }


def objects(org: Org, members: dict[Persona, Membership]) -> dict[str, Any]:
    """What an address names belongs to the rep, so that a sibling's rep may be refused it."""
    rep, now = members[P.REP], timezone.now()
    key, _ = make_key(
        by=rep.user, name="Sheet", scope=ApiKey.Scope.READ, expires_at=now + timedelta(days=9)
    )
    event = record(AuditEvent.Action.ROLE_CHANGED, by=members[P.ADMIN].user, org=org, subject=rep)
    job = Job.objects.create(
        task=check_system.name,
        title="Check",
        queue="interactive",
        org=org,
        started_by=rep.user,
        created_at=now,
    )
    beat = PeriodicTask.objects.create(
        name="beat",
        task="t",
        interval=IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS),
    )
    found = {
        "org_slug": org.slug,
        "users:api-key-revoke:pk": key.pk,
        "api:key_id": key.pk,
        "users:member-change:pk": rep.pk,
        "users:member-reinvite:pk": rep.pk,
        "users:audit-show:pk": event.pk,
        "job_id": job.pk,
        "users:sign-on-start:provider_id": "nobody",
        "provider_id": "nobody",
        "rest": "nothing/here",
        "key": "unknown",
        "uidb36": "1",
        "pk": 1,
        "object_name": "Opportunity",
        "app_label": "users",
        "url": "nothing",
        "admin:users_user:object_id": rep.user.pk,
        "admin:users_membership:object_id": rep.pk,
        "admin:users_org:object_id": org.pk,
        "admin:users_apikey:object_id": key.pk,
        "admin:users_auditevent:object_id": event.pk,
        "admin:jobs_job:object_id": job.pk,
        "admin:django_celery_beat_periodictask:object_id": beat.pk,
        "object_id": 999_999,
        "content_type_id": 1,
    }
    return records(org, rep) | sync_rows(org) | found
