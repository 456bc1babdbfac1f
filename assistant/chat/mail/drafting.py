"""An e-mail from what is known: five reasons to write, four tones, and no gaps to fill.

Where a fact is not known its sentence is left out; nothing is made up in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from assistant.chat.mail.facts import Contacted, MailFacts

KINDS = {
    "follow_up": "Follow-up",
    "introduction": "Introduction",
    "proposal": "Proposal",
    "closing": "Closing",
    "re_engagement": "Re-engagement",
}
TONES = {
    "professional": "Professional",
    "friendly": "Friendly",
    "urgent": "Urgent",
    "consultative": "Consultative",
}
USUAL_KIND, USUAL_TONE = "follow_up", "professional"
SILENT_DAYS = 30
# What mail programs on every system take in an address.
LONGEST_MAILTO = 1_900
FRIDAY = 4


@dataclass(frozen=True)
class Draft:
    kind: str
    tone: str
    to: str
    to_name: str
    subject: str
    body: str

    @property
    def mailto(self) -> str:
        """Without the body where the whole would be longer than mail programs take."""
        head = f"mailto:{quote(self.to, safe='@.+-_')}?subject={quote(self.subject, safe='')}"
        lines = self.body.replace("\r\n", "\n").replace("\n", "\r\n")
        whole = f"{head}&body={quote(lines, safe='')}"
        return whole if len(whole) <= LONGEST_MAILTO else head

    @property
    def is_whole(self) -> bool:
        return "&body=" in self.mailto

    def as_data(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "kind_said": KINDS[self.kind],
            "tone": self.tone,
            "tone_said": TONES[self.tone],
            "to": self.to,
            "to_name": self.to_name,
            "subject": self.subject,
            "body": self.body,
            "mailto": self.mailto,
            "is_whole": self.is_whole,
        }


def drafted(facts: MailFacts, *, kind: str, tone: str) -> Draft:
    kind = kind if kind in KINDS else USUAL_KIND
    tone = tone if tone in TONES else USUAL_TONE
    parts = [greeting(facts, tone), *PARAGRAPHS[kind](facts, tone), ask(facts, kind, tone)]
    parts.append(farewell(facts, tone))
    body = "\n\n".join(part for part in parts if part)
    return Draft(kind, tone, facts.to_email, facts.to_name, subject_of(facts, kind, tone), body)


def greeting(facts: MailFacts, tone: str) -> str:
    if not facts.first_name:
        return "Hello," if tone != "friendly" else "Hi there,"
    if tone == "friendly":
        return f"Hi {facts.first_name},"
    return f"Dear {facts.first_name}," if tone == "professional" else f"Hello {facts.first_name},"


def farewell(facts: MailFacts, tone: str) -> str:
    ends = {"friendly": "All the best", "urgent": "Thank you", "consultative": "Best wishes"}
    return f"{ends.get(tone, 'Kind regards')},\n{facts.sender}"


def on_day(day: date, *, today: date) -> str:
    said = f"{day:%-d %B}" if day.year == today.year else f"{day:%-d %B %Y}"
    return f"on {said}"


def about_what(facts: MailFacts) -> str:
    """What it is about, as the customer knows it; names of deals are ours."""
    if facts.products:
        return listed(facts.products)
    return facts.topic


def listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def last_said(last: Contacted, facts: MailFacts) -> str:
    """How the last contact is spoken of: our e-mail, your e-mail, our call, our meeting."""
    day = on_day(last.day, today=facts.today)
    about = f" about “{last.subject}”" if last.subject else ""
    if last.kind == "email":
        return f"{'your' if last.from_them else 'my'} e-mail {day}{about}"
    noun = "meeting" if last.kind == "meeting" else "call"
    return f"our {noun} {day}{about}"


def subject_of(facts: MailFacts, kind: str, tone: str) -> str:
    what, name = about_what(facts), facts.account
    thing = sentence_case(what) if what else ""
    subjects = {
        "follow_up": f"{thing}: where we stand" if thing else f"Following up with {name}",
        "introduction": f"{facts.sender} for {name}" if not thing else f"{thing} for {name}",
        "proposal": f"Our proposal for {name}" + (f": {what}" if facts.products else ""),
        "closing": f"{thing}: last steps" if thing else f"Last steps with {name}",
        "re_engagement": f"{thing}: still of interest?"
        if thing
        else f"Picking up again with {name}",
    }
    found = subjects[kind] if name or thing else KINDS[kind]
    return f"Time-sensitive: {found}" if tone == "urgent" else found


def sentence_case(text: str) -> str:
    plain = text.removeprefix("the ") if text.startswith("the ") else text
    return plain[:1].upper() + plain[1:]


def follow_up(facts: MailFacts, tone: str) -> list[str]:
    found = [opening(facts, tone)]
    what = about_what(facts)
    if facts.unanswered is not None and "ghosted" in facts.warnings:
        found.append("I have not heard back since, which is all right; I would only like to know"
                     " whether this is still the right time.")  # fmt: skip
    elif facts.topic:
        found.append(
            {
                "friendly": f"On our side {facts.topic} comes next; I would love to keep going.",
                "urgent": f"What is open between us is {facts.topic}; let us settle it soon.",
                "consultative": f"The next thing to get right is {facts.topic}. It is worth"
                " knowing first what matters most to your team there.",
            }.get(tone, f"The next step between us is {facts.topic}.")
        )
    elif what:
        found.append(f"I would like to move {what} forward in a way that suits your plans.")
    found.append(case_said(facts))
    return [part for part in found if part]


def opening(facts: MailFacts, tone: str) -> str:
    if facts.last is None:
        return {
            "friendly": "I wanted to say hello and see how things are going.",
            "urgent": f"I am writing about {about_what(facts) or 'our plans'}: a decision is due.",
        }.get(tone, f"I am writing to follow up on {about_what(facts) or 'our conversation'}.")
    said = last_said(facts.last, facts)
    if facts.last.kind == "email" and not facts.last.from_them:
        return f"I am coming back to {said}."
    return {
        "friendly": f"Thank you again for {said}; it was good to hear from you."
        if facts.last.from_them else f"Thank you again for {said}.",
        "urgent": f"I am writing to follow up on {said}.",
        "consultative": f"Thank you for {said}. I have thought about what we discussed."
        if facts.last.kind != "email" else f"Thank you for {said}. I have thought about it.",
    }.get(tone, f"Thank you for {said}.")  # fmt: skip


def introduction(facts: MailFacts, tone: str) -> list[str]:
    name = facts.account or "your company"
    first = {
        "friendly": f"I'm {facts.sender}, and I look after {name} on our side.",
    }.get(tone, f"My name is {facts.sender}, and I am the person to turn to for {name}.")
    if facts.is_known and facts.last is not None:
        first += f" You may remember {last_said(facts.last, facts)}."
    what = about_what(facts)
    second = {
        "friendly": "I'd love to learn what you are working on and where we can help",
        "urgent": "I would like to speak with you this week rather than next",
        "consultative": "Before suggesting anything I would like to understand how your team works"
        " today and what should be better a year from now",
    }.get(tone, "I would like to learn about your plans and where we can be of use")
    return [
        first,
        f"{second}{f'; {what} may be a place to start' if what else ''}.",
        case_said(facts),
    ]


def proposal(facts: MailFacts, tone: str) -> list[str]:
    what = f" for {listed(facts.products)}" if facts.products else ""
    until = ""
    if facts.close_date is not None and facts.close_date >= facts.today:
        until = (
            f" To be done {on_day(facts.close_date, today=facts.today)}, it needs a decision soon."
        )
    first = {
        "friendly": f"Here is our proposal{what}.",
        "urgent": f"Here is our proposal{what}.{until}",
        "consultative": f"Here is our proposal{what}. I would rather change it than have you accept"
        " a poor fit.",
    }.get(tone, f"Please find our proposal{what}.")
    second = f"It takes up {last_said(facts.last, facts)}." if facts.last is not None else ""
    third = (
        "Tell me what is unclear or missing, and I will change it."
        if tone != "urgent"
        else ("If anything stands in the way, tell me now and we will solve it.")
    )
    return [" ".join(part for part in (first, second) if part), third]


def closing(facts: MailFacts, tone: str) -> list[str]:
    what = about_what(facts)
    subject = what if what else "our agreement"
    first = {
        "friendly": f"We are nearly there with {subject}, and I'm looking forward to starting.",
        "urgent": f"We are one decision away from finishing {subject}.",
        "consultative": f"Before we finish {subject}, I want to be sure that nothing is left on"
        " your side.",
    }.get(tone, f"We are close to finishing {subject}, and I would like to settle what is left.")
    second = ""
    if facts.close_date is not None and facts.close_date >= facts.today:
        day = on_day(facts.close_date, today=facts.today)
        second = f"My plan has us done {day}."
    elif facts.last is not None:
        second = f"This follows {last_said(facts.last, facts)}."
    third = ""
    if "single_threaded" in facts.warnings:
        third = "Does anybody else need to agree before you can sign? I am glad to talk to them."
    return [" ".join(part for part in (first, second) if part), third, case_said(facts)]


def re_engagement(facts: MailFacts, tone: str) -> list[str]:
    what = about_what(facts)
    if facts.last is not None:
        said = last_said(facts.last, facts)
        long = facts.days_silent is not None and facts.days_silent >= SILENT_DAYS
        first = (
            f"It has been a while since {said}" if long else f"Since {said} we have not moved on"
        )
    else:
        first = "We have not been in touch for some time"
    rest = {
        "friendly": ", and I was wondering how you are getting on.",
        "urgent": ", and I need to know whether to keep this open for you.",
        "consultative": ". Priorities change, and what made sense then may look different now.",
    }.get(tone, ", and I would like to pick up where we left off.")
    second = f"Is {what} still on your list?" if what else "Is this still on your list?"
    third = {
        "friendly": "If now is not the time, no hard feelings: just tell me when to ask again.",
        "urgent": "A short yes or no is enough; without an answer I will close it on my side.",
        "consultative": "If something else has become more important, I would like to hear what.",
    }.get(tone, "If your plans have changed, a short note is enough and I will come back later.")
    return [f"{first}{rest}", f"{second} {third}", case_said(facts)]


PARAGRAPHS = {
    "follow_up": follow_up,
    "introduction": introduction,
    "proposal": proposal,
    "closing": closing,
    "re_engagement": re_engagement,
}


def case_said(facts: MailFacts) -> str:
    """What they wait for from us comes first for them."""
    if not facts.cases:
        return ""
    return f"I also see your open request “{facts.cases[0]}”, and will ask for where it stands."


def ask(facts: MailFacts, kind: str, tone: str) -> str:
    one, other = two_days(facts.today, soon=tone == "urgent")
    days = f"{one:%A} ({one:%-d %B}) or {other:%A} ({other:%-d %B})"
    if kind == "re_engagement":
        return "" if tone == "urgent" else f"Would a short call on {days} suit you?"
    if kind == "proposal":
        return f"May I take you through it on {days}?"
    if kind == "closing":
        return {
            "friendly": f"Shall we tick off the rest together on {days}?",
            "urgent": f"Can we settle it on {days}? If not, please tell me what is missing.",
            "consultative": f"What would you need to sign with confidence? I have time on {days}.",
        }.get(tone, f"Could we settle the remaining points on {days}?")
    return {
        "friendly": f"Do you have fifteen minutes on {days}?",
        "urgent": f"Can we speak on {days}? Fifteen minutes are enough.",
        "consultative": f"May I ask you a few questions about it on {days}?",
    }.get(tone, f"Would {days} suit you for a short call?")


def two_days(today: date, *, soon: bool) -> tuple[date, date]:
    """Working days, two apart: from tomorrow, or from the day after where there is time."""
    first = today + timedelta(days=1 if soon else 2)
    while first.weekday() > FRIDAY:
        first += timedelta(days=1)
    second = first + timedelta(days=2)
    while second.weekday() > FRIDAY:
        second += timedelta(days=1)
    return first, second
