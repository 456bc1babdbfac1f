"""A draft for whoever is named in a question, and whom else it could be about."""

from dataclasses import replace
from datetime import datetime

from django.db.models import F
from django.urls import reverse

from accounts.models import Account, Opportunity
from assistant.chat.answer import Answer
from assistant.chat.answers.records import page_of, subject_of
from assistant.chat.mail.drafting import KINDS, USUAL_KIND, Draft, drafted
from assistant.chat.mail.facts import MailFacts, facts_of
from assistant.chat.resolving import Ask
from revenue.users.models import Membership

OTHERS = 3


def subject_deal(found: Account | Opportunity, *, reader: Membership) -> list[Opportunity]:
    """The deal itself; of an account its open deals, the one that closes first at the head."""
    if isinstance(found, Opportunity):
        return [found]
    rows = Opportunity.objects.visible_to(reader).filter(
        account_ref=found.external_id, is_closed=False
    )
    return list(rows.order_by(F("close_date").asc(nulls_last=True), "id")[: OTHERS + 1])


def account_of(found: Account | Opportunity, *, reader: Membership) -> Account | None:
    if isinstance(found, Account):
        return found
    return Account.objects.visible_to(reader).filter(external_id=found.account_ref).first()


def facts_for(
    found: Account | Opportunity, *, reader: Membership, at: datetime, to: str = ""
) -> tuple[MailFacts, list[Opportunity]]:
    deals = subject_deal(found, reader=reader)
    deal = deals[0] if deals else None
    account = account_of(found, reader=reader)
    return facts_of(reader=reader, account=account, deal=deal, at=at, to=to), deals


def draft_of(ask: Ask) -> tuple[Draft, MailFacts, list[Opportunity]]:
    found = subject_of(ask)
    facts, deals = facts_for(found, reader=ask.reader, at=ask.at, to=str(ask.slots.get("to", "")))
    kind = str(ask.slots.get("mail") or usual_kind(facts))
    return drafted(facts, kind=kind, tone=str(ask.slots.get("tone", ""))), facts, deals


def usual_kind(facts: MailFacts) -> str:
    """Whom nobody has written to is introduced to us first."""
    return USUAL_KIND if facts.is_known else "introduction"


def mail(ask: Ask) -> Answer:
    draft, facts, deals = draft_of(ask)
    found = subject_of(ask)
    answer = Answer(title=f"{KINDS[draft.kind]} to {facts.to_name or facts.account}")
    answer.text = told(facts)
    answer.draft = draft.as_data()
    answer.notes = remarks(draft, facts)
    answer.link(str(found), page_of(found, ask))
    if deals:
        url = reverse("assistant:mail-show", args=[ask.org.slug, deals[0].pk])
        answer.link("Other reasons and tones", f"{url}?kind={draft.kind}&tone={draft.tone}")
        answer.draft["deal"] = deals[0].pk
    answer.choices = [
        {"label": f"About {each.name}", "slot": "about", "value": f"deal:{each.pk}"}
        for each in deals[1 : OTHERS + 1]
    ]
    answer.suggestions = [
        "Make it more urgent",
        "Friendlier please",
        "Prepare me for a call with them",
    ]
    return answer


def told(facts: MailFacts) -> str:
    """What it rests on, so that its writer can check it at a glance."""
    parts = [f"about {facts.deal}" if facts.deal else ""]
    if facts.last is not None:
        parts.append(f"last contact {facts.last.day:%-d %b %Y} ({facts.last.kind})")
    if facts.next_step:
        parts.append(f"next step noted: {' '.join(facts.next_step.split())[:120]}")
    said = "; ".join(part for part in parts if part)
    return (
        f"A draft {said}. It is sent by you, not from here."
        if said
        else ("A draft. It is sent by you, not from here.")
    )


def remarks(draft: Draft, facts: MailFacts) -> list[str]:
    found = []
    if not facts.to_email:
        who = facts.to_name or "anybody there"
        found.append(f"No e-mail address of {who} is recorded: fill in to whom it goes.")
    if draft.kind == "proposal":
        found.append("Attach the proposal before you send it.")
    if not draft.is_whole:
        found.append("It is too long to be handed to a mail program whole: copy the text.")
    return found


def with_text(draft: Draft, *, subject: str, body: str) -> Draft:
    return replace(draft, subject=subject, body=body)
