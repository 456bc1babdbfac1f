"""A provider words a draft better; what it says is checked against what is known, or not taken."""

import re
from datetime import datetime, timedelta

from assistant.chat.mail.answering import with_text
from assistant.chat.mail.drafting import KINDS, TONES, Draft, two_days
from assistant.chat.mail.facts import MailFacts
from assistant.claims import Claim, Source, checked, day
from assistant.markup import addresses_in, cleaned
from assistant.writers import OfflineError, Turn, fenced, write
from revenue.users.models import Membership

SYSTEM = (
    "You improve the wording of an e-mail that a seller sends to a customer. Keep its language,"
    " its reason and its tone, its greeting and its signature. Add no fact, no number, no date, no"
    " name, no promise and no attachment that the draft and the facts do not hold. No placeholders."
    " At most 160 words."
)
SCHEMA = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "maxLength": 120},
        "body": {"type": "string", "maxLength": 2500},
    },
    "required": ["subject", "body"],
    "additionalProperties": False,
}
NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<!\n)\b([A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*)")
PLACEHOLDER = re.compile(r"\[[^\]]{1,40}\]|\{[^}]{1,40}\}|<[^>]{1,40}>|\bX{2,}\b")
REFUSED = "The better wording said {what}, which is not known, so this is the plain draft."


def reworded(
    draft: Draft, facts: MailFacts, *, reader: Membership, at: datetime
) -> tuple[Draft, str]:
    """The draft that holds, and a notice where it is not the provider's."""
    known = {
        "reason": KINDS[draft.kind],
        "tone": TONES[draft.tone],
        "to": facts.to_name,
        "company": facts.account,
        "from": facts.sender,
        "products": list(facts.products),
        "topic": facts.topic,
        "draft": {"subject": draft.subject, "body": draft.body},
    }
    try:
        said = write(
            org=reader.org,
            by=reader.user,
            purpose="mail",
            system=SYSTEM,
            turns=[Turn("user", fenced("facts", known))],
            at=at,
            schema=SCHEMA,
        )
    except OfflineError as error:
        return draft, error.notice
    subject = " ".join(cleaned(str(said.data["subject"])).split())
    body = cleaned(str(said.data["body"])).strip()
    wrong = problem_of(f"{subject}\n{body}", draft=draft, facts=facts)
    if wrong or not subject or not body:
        return draft, REFUSED.format(what=wrong or "nothing")
    return with_text(draft, subject=subject, body=body), said.notice


def problem_of(text: str, *, draft: Draft, facts: MailFacts) -> str:
    """The first number, name or gap that neither the draft nor the facts hold."""
    gap = PLACEHOLDER.search(text)
    if gap:
        return f"“{gap.group()}”"
    if set(addresses_in(text)) - set(addresses_in(f"{draft.subject}\n{draft.body}")):
        return "an address"
    source = source_of(draft, facts)
    lines = [line for line in text.splitlines() if line.strip()]
    found = checked([Claim(line, ["draft"]) for line in lines], sources={"draft": source})
    if found.struck:
        return found.struck[0].why.rstrip(".").lower()
    held = f"{draft.subject}\n{draft.body}\n{facts.account}\n{facts.to_name}\n{facts.sender}"
    held_words = set(re.findall(r"[\w'’-]+", held.lower()))
    for match in NAME.finditer(text):
        for word in match[1].split():
            if word.lower() not in held_words and word not in COMMON:
                return f"“{match[1]}”"
    return ""


def source_of(draft: Draft, facts: MailFacts) -> Source:
    one, other = two_days(facts.today, soon=draft.tone == "urgent")
    days = [facts.today + timedelta(days=0), one, other]
    if facts.last is not None:
        days.append(facts.last.day)
    if facts.close_date is not None:
        days.append(facts.close_date)
    return Source(
        key="draft",
        title=draft.subject,
        url="/",
        values=tuple(day(each) for each in days),
        text=f"{draft.subject}\n{draft.body}",
        names=tuple(
            name for name in (facts.account, facts.to_name, facts.sender, facts.deal) if name
        ),
    )


COMMON = frozenset(
    [
        "I",
        "I'm",
        "I’m",
        "I'd",
        "I’d",
        "I'll",
        "I’ll",
        "I've",
        "I’ve",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "Kind",
        "Best",
        "Dear",
        "Hello",
        "Hi",
        "Thank",
        "Regards",
        "Would",
        "Could",
        "Please",
        "If",
        "We",
        "Our",
        "You",
        "Your",
        "The",
        "A",
        "An",
        "It",
        "Is",
        "Do",
        "Let",
        "Looking",
        "Many",
        "Warm",
        "Sincerely",
        "Cheers",
        "Thanks",
    ]
)
