"""Two orgs that are strangers: in each one person of each kind, and rows of everything, marked."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.models import Activity
from assistant.models import CallPlan, ChatTurn, Document, Passage
from crosssell.models import ActionType, AllocationPlan, Recommendation
from forecasting.models import (
    AccountAction,
    DealAction,
    DealNote,
    Forecast,
    Scenario,
    WinRateDiagnosis,
)
from revenue.jobs.models import Job
from revenue.jobs.tasks import check_system
from revenue.users.api_keys import make_key
from revenue.users.audit import record
from revenue.users.models import ApiKey, AuditEvent, Membership, Org, SavedView, User
from revenue.users.roles import Role
from tests.access.rules import SIGNED_OUT, Persona
from tests.factories.everything import HELD_OUT, Records, System, records_of, system_of
from tests.factories.facts import a_crm_user, a_lead
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory
from tests.factories.quarter import a_bridge_row, a_forecast_deal, a_node
from tests.factories.uploads import an_upload
from tests.factories.words_knowledge import a_document
from tests.forecasting.forecasts import a_backtest_row

P = Persona
SECRET = "xqsecret"
# Begins every mark, and so finds each of them in a search without being one.
MARKED = "xq"
DECISIONS = ("action-decide", "note-change", "note-delete")


@dataclass(frozen=True)
class Marks:
    """No page says these words of itself."""

    rep: str
    other_rep: str
    org: str


@dataclass
class Side:
    org: Org
    marks: Marks
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


@dataclass
class World:
    inside: Side
    outside: Side
    superuser: User

    def person(self, persona: Persona) -> User | None:
        if persona is P.STRANGER:
            return self.outside.people[P.ADMIN]
        return self.superuser if persona is P.SUPERUSER else self.inside.people.get(persona)


def make_world() -> World:
    superuser = UserFactory(is_superuser=True)
    return World(inside=make_side("inside"), outside=make_side("outside"), superuser=superuser)


def make_side(name: str) -> Side:
    marks = Marks(*(f"{MARKED}{name}{whose}" for whose in ("rep", "other", "org")))
    org = OrgFactory(slug=name, name=f"{marks.org} Limited")
    members = make_members(org, marks=marks)
    rep, other = (
        records_of(
            a_crm_user(org=org, membership=members[persona], name=f"{marks.org} {persona}"),
            mark=mark,
        )
        for persona, mark in ((P.REP, marks.rep), (P.OTHER_REP, marks.other_rep))
    )
    assert rep.account != other.account
    system = system_of(org, member=members[P.ADMIN], mark=marks.org, secret=SECRET)
    for of_seller, mark in ((rep, marks.rep), (other, marks.other_rep)):
        number_of(of_seller, mark=mark)
    return Side(
        org=org,
        marks=marks,
        people={persona: member.user for persona, member in members.items()},
        memberships=members,
        objects=records(rep)
        | foreseen(rep)
        | sold(rep)
        | asked(rep)
        | planned(rep)
        | sync_rows(rep, system=system)
        | objects(org, members, marks=marks),
    )


def make_members(org: Org, *, marks: Marks) -> dict[Persona, Membership]:
    members: dict[Persona, Membership] = {}

    def join(persona: Persona, role: Role, boss: Persona | None = None, **user: Any) -> None:
        members[persona] = MembershipFactory(
            org=org,
            role=role,
            reports_to=boss and members[boss],
            last_seen_at=timezone.now(),
            user=UserFactory(full_name=f"{marks.org} {persona}", **user),
        )

    join(P.EXECUTIVE, Role.EXECUTIVE)
    join(P.MANAGER, Role.MANAGER, P.EXECUTIVE)
    join(P.SIBLING_MANAGER, Role.MANAGER, P.EXECUTIVE)
    join(P.REP, Role.REP, P.MANAGER)
    join(P.OTHER_REP, Role.REP, P.SIBLING_MANAGER)
    join(P.ADMIN, Role.ADMIN)
    join(P.INTEGRATOR, Role.INTEGRATOR)
    join(P.INACTIVE, Role.ADMIN, is_active=False)
    return members


def records(rep: Records) -> dict[str, Any]:
    """Of the CRM: each belongs to the rep, so that a sibling's rep may be refused it."""
    return {
        "accounts:account-show:pk": rep.account.pk,
        "accounts:contact-show:pk": rep.contact.pk,
        "accounts:lead-show:pk": rep.lead.pk,
        "assistant:search-activity:pk": Activity.objects.get(
            org=rep.account.org, opportunity_ref=rep.opportunity.external_id
        ).pk,
        "forecasting:lead-panel:pk": rep.lead.pk,
        "forecasting:lead-override:pk": rep.lead.pk,
        "accounts:deal-show:pk": rep.opportunity.pk,
        "accounts-api:account-show:external_id": rep.account.external_id,
        "accounts-api:contact-show:external_id": rep.contact.external_id,
        "accounts-api:lead-show:external_id": rep.lead.external_id,
        "accounts-api:opportunity-show:external_id": rep.opportunity.external_id,
    }


def foreseen(rep: Records) -> dict[str, Any]:
    """Of the rep's deal: its panels, what is suggested for it, and a note."""
    deal = rep.opportunity
    action = DealAction.objects.get(org=deal.org, opportunity_ref=deal.external_id)
    panels = ("panel", "reasons", "every-reason", "moves", "weeks", "risk", "similar", "actions")
    names = (*(f"deal-{name}" for name in (*panels, "notes")), *DECISIONS)
    play = AccountAction.objects.get(org=deal.org, account_ref=rep.account.external_id)
    plays = ("play-change", "play-switch", "play-move")
    note = DealNote.objects.get(org=deal.org, opportunity_ref=deal.external_id)
    return {
        **{f"forecasting:{name}:pk": deal.pk for name in names},
        "forecasting:deal-every-reason:pk": deal.pk,
        "forecasting:account-panel:pk": rep.account.pk,
        **{f"forecasting:health-{name}:pk": rep.account.pk for name in ("panel", "action")},
        "forecasting:health-action:action_pk": play.pk,
        **{f"crosssell:expansion-{name}:pk": rep.account.pk for name in ("show", "panel")},
        "forecasting:why-deals:pk": WinRateDiagnosis.objects.get(org=deal.org).pk,
        "forecasting:why-deals:place": 0,
        "forecasting:scenario-delete:pk": Scenario.objects.get(org=deal.org).pk,
        **{f"forecasting:{name}:pk": action.play_id for name in plays},
        "action_pk": action.pk,
        "note_pk": note.pk,
    }


def planned(rep: Records) -> dict[str, Any]:
    """The rep's plan for a call about the deal."""
    deal = rep.opportunity
    plan = CallPlan.objects.get(org=deal.org, opportunity_ref=deal.external_id)
    of_plan = ("show", "poll", "versions", "pdf", "docx", "vote", "again", "cancel", "restore")
    return {
        **{f"assistant:plan-{name}:pk": plan.pk for name in (*of_plan, "edit")},
        "assistant:plan-edit:key": "summary",
        **{f"assistant:{name}:pk": deal.pk for name in ("deal-panel", "deal-plan-start")},
        **{
            f"assistant:{name}:pk": rep.account.pk
            for name in ("account-panel", "account-plan-start")
        },
    }


def asked(rep: Records) -> dict[str, Any]:
    """What the rep asked in plain words, and an e-mail about the rep's deal."""
    mark = rep.account.name.removesuffix(" account")
    question = ChatTurn.objects.get(org=rep.account.org, question=f"{mark} question")
    return {
        **{
            f"assistant:chat-{name}:pk": question.conversation_id
            for name in ("open", "rename", "delete")
        },
        **{f"assistant:turn-{name}:pk": question.pk for name in ("show", "change")},
        "assistant:mail-show:pk": rep.opportunity.pk,
    }


def sold(rep: Records) -> dict[str, Any]:
    """What to sell next to the rep's account."""
    account = rep.account
    shown = Recommendation.objects.get(
        org=account.org, account_ref=account.external_id, is_held_out=False
    )
    of_one = ("show", "decide")
    plan = AllocationPlan.objects.get(org=account.org, is_adopted=True)
    of_plan = ("show", "again", "cancel", "adopt")
    return {
        **{f"crosssell:allocation-{name}:pk": plan.pk for name in of_plan},
        "admin:crosssell_actiontype:object_id": ActionType.objects.get(org=account.org).pk,
        **{f"crosssell:recommendation-{name}:pk": shown.pk for name in of_one},
        "crosssell:account-panel:pk": account.pk,
        "crosssell:deal-panel:pk": rep.opportunity.pk,
        "crosssell-api:pk": shown.pk,
    }


def number_of(seller: Records, *, mark: str) -> None:
    """In the org's forecast and report: what the seller's deals bring, and a lead that waits."""
    deal = seller.opportunity
    came = timezone.now() - timedelta(days=5)
    a_lead(org=deal.org, owner_ref=deal.owner_ref, name=f"{mark} waiting", created_at=came)
    forecast = Forecast.objects.get(org=deal.org, is_latest=True)
    own: dict[str, Any] = {"key": deal.owner_ref, "name": mark, "owners": [deal.owner_ref]}
    a_node(forecast, parent="", **own)
    a_forecast_deal(forecast, ref=deal.external_id, owner_ref=deal.owner_ref, stage=mark)
    a_backtest_row(deal.org, since=forecast.since, **own)
    a_bridge_row(forecast, ref=deal.external_id, owner_ref=deal.owner_ref)


def sync_rows(rep: Records, *, system: System) -> dict[str, Any]:
    return {
        "accounts:mapping-change:pk": system.field.pk,
        "ml:pk": system.model.pk,
        "admin:accounts_connection:object_id": system.connection.pk,
        "admin:accounts_connection_credential:pk": system.connection.pk,
        "admin:accounts_connection_test:pk": system.connection.pk,
        "admin:accounts_connection_sync:pk": system.connection.pk,
        "admin:accounts_syncrun:object_id": system.run.pk,
        "admin:accounts_objectsync:object_id": system.object_sync.pk,
        "admin:accounts_refusedrow:object_id": rep.refused.pk,
        "admin:accounts_sourcefield:object_id": system.field.pk,
        "admin:accounts_crmuser:object_id": rep.account.owner.pk,
    }


def uploads_of(org: Org) -> dict[str, Any]:
    """An import that has ended, so that no method changes what the next one finds."""
    upload = an_upload(org=org)
    names = ("show", "start", "discard", "mapping", "refused")
    file = upload.files.get()
    return {
        **{f"accounts:import-{name}:pk": upload.pk for name in names},
        **{f"accounts:import-{name}:pk": file.pk for name in ("map", "read")},
    }


def known(org: Org, *, mark: str) -> dict[str, Any]:
    """A document that all may read, a passage of it, and one that was removed."""
    document = Document.objects.get(org=org)
    removed = a_document(org=org, title=f"{mark} removed", deleted_at=document.made_at)
    return {
        "assistant:passage-show:pk": Passage.objects.get(version=document.current).pk,
        "assistant:knowledge-restore:pk": removed.pk,
        **{
            f"assistant:knowledge-{name}:pk": document.pk
            for name in ("show", "file", "version", "change", "remove", "again", "use")
        },
        **{
            f"assistant:knowledge-{name}:version_pk": document.current_id
            for name in ("file", "again", "use")
        },
    }


def objects(org: Org, members: dict[Persona, Membership], *, marks: Marks) -> dict[str, Any]:
    rep, now = members[P.REP], timezone.now()
    key, _ = make_key(
        by=rep.user,
        name=f"{marks.rep} sheet",
        scope=ApiKey.Scope.READ,
        expires_at=now + timedelta(days=9),
    )
    event = record(AuditEvent.Action.ROLE_CHANGED, by=members[P.ADMIN].user, org=org, subject=rep)
    job = Job.objects.create(
        task=check_system.name,
        title=f"{marks.rep} check",
        queue="interactive",
        org=org,
        started_by=rep.user,
        created_at=now,
    )
    kept = {
        which: SavedView.objects.create(
            org=org,
            owner=rep,
            page="forecasting:risk-list",
            name=f"{marks.rep} to {which}",
            saved_at=now,
        )
        for which in ("change", "delete")
    }
    beat = PeriodicTask.objects.create(
        name=f"beat of {org.slug}",
        task="t",
        interval=IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS),
    )
    return {
        "org_slug": org.slug,
        "users:api-key-revoke:pk": key.pk,
        "api:key_id": key.pk,
        "users:member-change:pk": rep.pk,
        "users:member-reinvite:pk": rep.pk,
        "users:audit-show:pk": event.pk,
        "users:view-change:pk": kept["change"].pk,
        "users:view-delete:pk": kept["delete"].pk,
        "job_id": job.pk,
        "users:sign-on-start:provider_id": "nobody",
        "provider_id": "nobody",
        "rest": "nothing/here",
        "key": "unknown",
        "uidb36": "1",
        **uploads_of(org),
        **known(org, mark=marks.org),
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


def may_read(persona: Persona, *, world: World) -> set[str]:
    """The marks that some page or other may show to the person."""
    here, there = world.inside.marks, world.outside.marks
    everything = {*vars(here).values(), *vars(there).values()}
    if persona in SIGNED_OUT:
        return set()
    return {
        P.STRANGER: set(vars(there).values()),
        P.SUPERUSER: everything,
        P.REP: {here.rep, here.org},
        P.MANAGER: {here.rep, here.org},
        P.OTHER_REP: {here.other_rep, here.org},
        P.SIBLING_MANAGER: {here.other_rep, here.org},
    }.get(persona, set(vars(here).values()))


def all_marks(world: World) -> set[str]:
    both = (world.inside.marks, world.outside.marks)
    return {SECRET, HELD_OUT, *(mark for marks in both for mark in vars(marks).values())}
