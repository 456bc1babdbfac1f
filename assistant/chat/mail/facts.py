"""What is known for an e-mail: to whom, about what, what happened last, what is open.

Only what the customer knows as well may go into it: no amount of ours, no chance, no inner note.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F

from accounts.about import account as about_account
from accounts.about.clock import moment_of
from accounts.about.deal import lines_of, people_of
from accounts.about.stages import open_stages
from accounts.models import Account, Activity, Case, Contact, Opportunity
from assistant.markup import addresses_in, cleaned
from forecasting.models import DealOutlook
from revenue.users.models import Membership

# What an inner note is about, in words for the customer.
TOPICS = (
    (r"\b(?:security|privacy|dpa|gdpr|it review)\b", "the security questions"),
    (r"\b(?:legal|contract|redline|msa|terms)\b", "the contract"),
    (r"\b(?:proposal|offer|quote|pricing|price)\b", "the proposal"),
    (r"\b(?:demo|walk ?through|presentation)\b", "the demo"),
    (r"\b(?:pilot|trial|proof of concept|poc)\b", "the pilot"),
    (r"\b(?:business case|roi|budget)\b", "the business case"),
    (r"\b(?:procurement|purchase order|sign|signature)\b", "the paperwork"),
    (r"\b(?:reference|references)\b", "the references"),
    (r"\b(?:workshop|requirements|scope|discovery)\b", "the requirements"),
)
SEEN_BY_BOTH = ("email", "meeting")
SUBJECT = re.compile(r"^(?:(?:re|fw|fwd|aw|wg)\s*:\s*)+", re.IGNORECASE)
LONGEST_SUBJECT = 80


@dataclass(frozen=True)
class Contacted:
    kind: str  # call, meeting, email, task
    day: date
    subject: str  # of what both sides saw
    from_them: bool | None


@dataclass(frozen=True)
class MailFacts:
    sender: str
    account: str
    first_name: str
    to_name: str
    to_email: str
    deal: str
    products: tuple[str, ...]
    topic: str
    last: Contacted | None
    days_silent: int | None
    unanswered: Contacted | None
    cases: tuple[str, ...]
    is_late_stage: bool
    is_known: bool  # there was contact before
    people: int
    warnings: tuple[str, ...]
    close_date: date | None
    today: date
    next_step: str = ""


def facts_of(
    *,
    reader: Membership,
    account: Account | None,
    deal: Opportunity | None,
    at: datetime,
    to: str = "",
) -> MailFacts:
    org, today = reader.org, reader.org.today(at=at)
    refs: dict[str, Any] = (
        {"opportunity_ref": deal.external_id}
        if deal is not None
        else {"account_ref": account.external_id if account else None}
    )
    contacts = contacts_of(reader=reader, account=account, deal=deal)
    person = named(contacts, to) if to else next(iter(contacts), None)
    rows = Activity.objects.visible_to(reader).filter(
        org=org, happens_at__lte=moment_of(org, at=at), **refs
    )
    recent = list(rows.order_by(F("happens_at").desc(nulls_last=True), "-id")[:12])
    touched = [each for each in recent if each.kind != Activity.Kind.TASK]
    last = contacted(touched[0]) if touched else None
    outlook = None
    if deal is not None:
        outlook = (
            DealOutlook.objects.visible_to(reader)
            .filter(org=org, opportunity_ref=deal.external_id)
            .first()
        )
    return MailFacts(
        sender=told(reader.user.full_name) or reader.user.email,
        account=told(account.name) if account is not None else "",
        first_name=told(first_name_of(person))
        if person is not None
        else (to.split(maxsplit=1)[0].title() if to else ""),
        to_name=told(str(person)) if person is not None else to.title(),
        to_email=person.email if person is not None else "",
        deal=deal.name if deal is not None else "",
        products=products_of(reader=reader, deal=deal),
        topic=topic_of(deal.next_step if deal is not None else ""),
        last=last,
        days_silent=(today - last.day).days if last is not None else None,
        unanswered=unanswered_of(touched),
        cases=cases_of(reader=reader, account=account),
        is_late_stage=is_late(deal),
        is_known=bool(touched),
        people=len(contacts) if deal is not None else 0,
        warnings=tuple(outlook.warnings) if outlook is not None else (),
        close_date=deal.close_date if deal is not None and not deal.is_closed else None,
        today=today,
        next_step=deal.next_step if deal is not None else "",
    )


def told(text: str) -> str:
    """What a letter may hold of somebody's words: one line, and no address to be followed."""
    return " ".join(word for word in cleaned(text).split() if not addresses_in(word))


def contacts_of(
    *, reader: Membership, account: Account | None, deal: Opportunity | None
) -> list[Contact]:
    if deal is not None:
        found = [each.contact for each in people_of(deal, reader=reader)]
        if found:
            return found
    if account is None:
        return []
    return list(about_account.contacts_of(account, reader=reader).rows)


def named(contacts: Sequence[Contact], to: str) -> Contact | None:
    wanted = to.lower().split()
    return next((one for one in contacts if set(wanted) <= set(str(one).lower().split())), None)


def first_name_of(person: Contact) -> str:
    given = getattr(person, "first_name", "") or ""
    return str(given or str(person).split()[0] if str(person).strip() else "")


def contacted(activity: Activity) -> Contacted:
    subject = activity.subject if activity.kind in SEEN_BY_BOTH else ""
    plain = told(SUBJECT.sub("", subject))
    return Contacted(
        kind=activity.kind,
        day=activity.happens_at.date() if activity.happens_at else date.min,
        subject=plain if len(plain) <= LONGEST_SUBJECT else "",
        from_them=activity.is_incoming,
    )


def unanswered_of(touched: Sequence[Activity]) -> Contacted | None:
    """Our last message, where nothing has come from them since."""
    if not touched or touched[0].kind != Activity.Kind.EMAIL or touched[0].is_incoming is not False:
        return None
    return contacted(touched[0])


def topic_of(note: str) -> str:
    low = note.lower()
    return next((words for pattern, words in TOPICS if re.search(pattern, low)), "")


def products_of(*, reader: Membership, deal: Opportunity | None) -> tuple[str, ...]:
    if deal is None:
        return ()
    names = [told(each.product) for each in lines_of(deal, reader=reader)]
    known = (name for name in names if name and not name.startswith("A product that"))
    return tuple(dict.fromkeys(known))[:3]


def cases_of(*, reader: Membership, account: Account | None) -> tuple[str, ...]:
    if account is None:
        return ()
    rows = (
        Case.objects.visible_to(reader)
        .filter(account_ref=account.external_id, is_closed=False)
        .exclude(subject="")
    )
    subjects = rows.order_by("-opened_at", "-id").values_list("subject", flat=True)[:1]
    return tuple(subject for subject in map(told, subjects) if subject)


def is_late(deal: Opportunity | None) -> bool:
    """In the last half of the org's open stages."""
    if deal is None or deal.is_closed:
        return False
    stages = open_stages(deal.org)
    return deal.stage in stages and stages.index(deal.stage) >= len(stages) / 2
