"""Plans and their versions: begun, written again, edited, restored, judged."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import Account, Opportunity
from assistant.models import CallPlan, PlanSection, PlanVersion, PlanVote
from assistant.plans.sections import BY_KEY, KEYS
from revenue.users.models import Membership, User

LONGEST = 20_000
Kind = PlanVersion.Kind


class PlanError(Exception):
    """It cannot be done now; the words say why."""


def plan_about(
    *, by: Membership, at: datetime, deal: Opportunity | None = None, account: Account | None = None
) -> CallPlan:
    """Each person has one of a deal: what it was made from is what that person could read."""
    plan, is_new = CallPlan.objects.get_or_create(
        org=by.org,
        opportunity_ref=deal.external_id if deal else None,
        account_ref=account.external_id if account else None,
        made_by=by.user,
        defaults={"role": by.role, "made_at": at},
    )
    if not is_new and plan.role != by.role:
        plan.role = by.role
        plan.save(update_fields=["role"])
    return plan


def newest_of(plan: CallPlan) -> PlanVersion | None:
    found: PlanVersion | None = plan.versions.select_related("job").order_by("-number").first()
    return found


def is_being_written(version: PlanVersion | None) -> bool:
    return (
        version is not None
        and version.state == PlanVersion.State.WRITING
        and version.job is not None
        and not version.job.is_finished
    )


@transaction.atomic
def begin(
    plan: CallPlan, *, by: User, at: datetime, sections: Iterable[str] = KEYS
) -> PlanVersion | None:
    """A version whose given sections wait to be written; nothing where one is being written."""
    last = locked_newest(plan)
    if is_being_written(last):
        return None
    wanted = [key for key in KEYS if key in set(sections)]
    is_whole = last is None or set(wanted) == set(KEYS)
    version = PlanVersion.objects.create(
        org=plan.org,
        plan=plan,
        number=(last.number if last else 0) + 1,
        kind=Kind.WRITTEN if is_whole else Kind.AGAIN,
        about="" if is_whole else wanted[0],
        from_number=last.number if last else None,
        made_by=by,
        made_at=at,
        sources=last.sources if last and not is_whole else {},
    )
    rows = rows_of(last) if last and not is_whole else {}
    for key in KEYS:
        is_new = key in wanted or key not in rows
        section = PlanSection(key=key) if is_new else rows[key]
        save_copy(section, version=version, at=at)
    return version


def locked_newest(plan: CallPlan) -> PlanVersion | None:
    CallPlan.objects.select_for_update().get(pk=plan.pk)
    return newest_of(plan)


def rows_of(version: PlanVersion) -> dict[str, PlanSection]:
    return {row.key: row for row in version.sections.order_by("position")}


def save_copy(section: PlanSection, *, version: PlanVersion, at: datetime) -> PlanSection:
    section.pk = None  # a row of its own
    section.org, section.version = version.org, version
    section.position, section.changed_at = KEYS.index(section.key), at
    section.save(force_insert=True)
    return section


@transaction.atomic
def edit(plan: CallPlan, *, key: str, text: str, by: User, at: datetime) -> PlanVersion:
    """What a person writes is theirs: it is marked so, and not checked."""
    if key not in BY_KEY:
        raise PlanError("There is no such section.")
    if not text.strip():
        raise PlanError("Write something, or leave the section as it is.")
    if len(text) > LONGEST:
        raise PlanError(f"That is too long: a section holds {LONGEST:,} characters.")
    last = settled(plan)
    version = next_version(last, kind=Kind.EDITED, about=key, by=by, at=at)
    written = PlanSection(
        key=key,
        state=PlanSection.State.READY,
        by=PlanSection.By.PERSON,
        text=text,
        edited_by=by,
    )
    for row in {**rows_of(last), key: written}.values():
        save_copy(row, version=version, at=at)
    return version


@transaction.atomic
def restore(plan: CallPlan, *, number: int, by: User, at: datetime) -> PlanVersion:
    """As a further version: what came after it stays to be looked at."""
    last = settled(plan)
    old = plan.versions.filter(number=number).first()
    if old is None:
        raise PlanError("There is no such version.")
    if old.number == last.number:
        raise PlanError("That is the version that holds now.")
    version = next_version(last, kind=Kind.RESTORED, about="", by=by, at=at, like=old)
    for row in rows_of(old).values():
        save_copy(row, version=version, at=at)
    return version


def settled(plan: CallPlan) -> PlanVersion:
    last = locked_newest(plan)
    if last is None:
        raise PlanError("There is nothing written yet.")
    if is_being_written(last):
        raise PlanError("The plan is being written: wait until it is done, or cancel it.")
    return last


def next_version(
    last: PlanVersion,
    *,
    kind: str,
    about: str,
    by: User,
    at: datetime,
    like: PlanVersion | None = None,
) -> PlanVersion:
    return PlanVersion.objects.create(
        org=last.org,
        plan=last.plan,
        number=last.number + 1,
        kind=kind,
        about=about,
        from_number=(like or last).number,
        state=PlanVersion.State.READY,
        made_by=by,
        made_at=at,
        ended_at=at,
        sources=(like or last).sources,
    )


def vote(
    version: PlanVersion,
    *,
    by: User,
    is_up: bool,
    reason: str,
    at: datetime,
) -> PlanVote:
    facts: dict[str, Any] = {"is_up": is_up, "reason": reason.strip()[:500], "at": at}
    row, _ = PlanVote.objects.update_or_create(
        version=version, person=by, defaults=facts | {"org": version.org}
    )
    return row
