"""In short, and who will be in the room."""

from assistant.claims import Claim
from assistant.plans.composing.themes import Theme
from assistant.plans.composing.view import View
from assistant.plans.gathering.deal import DealKnown
from assistant.plans.gathering.known import Known, Person, Reason
from assistant.plans.points import Point, Writing, claim
from assistant.plans.wording import (
    counted,
    in_points,
    listed,
    lowered,
    on_day,
    percent,
    plain,
    quote,
)
from revenue.web.templatetags import web

SURE = 0.03  # of a chance, a week's move worth a word


def summary(view: View, known: DealKnown, themes: list[Theme]) -> list[Point]:
    writing = Writing()
    writing.say(standing(known), chance(known))
    headlines = [said for theme in themes if (said := theme.headline())][:2]
    writing.say(*headlines, in_favour(known))
    aim = next((said for theme in themes if (said := theme.aim())), None) or usual_aim(view, known)
    writing.points.append(
        Point([Claim(f"{aim.text}.", aim.sources)], lead="Aim of this call:", is_bullet=False)
    )
    return writing.points


def standing(known: DealKnown) -> Claim:
    deal = known.deal
    worth = web.compact_money(deal.amount, known.currency) if deal.amount is not None else ""
    what = plain(listed(known.product_names[:3])) or plain(deal.name)
    named = plain(known.company)
    where = "" if named in what else f" at {named}"
    first = f"{worth} for {what}{where}" if worth else f"{what}{where}, with no amount yet"
    said = f"{first}, in {plain(deal.stage) or 'no stage'}"
    if known.timing.days_in_stage:
        said += f" for {counted(known.timing.days_in_stage, 'day')}"
    if deal.close_date and known.days_left is not None:
        due = on_day(deal.close_date, today=known.today)
        if known.days_left > 0:
            said += f", due {due} ({counted(known.days_left, 'day')} away)"
        elif known.days_left == 0:
            said += ", due today"
        else:
            said += f", was due {due}"
    return claim(f"{said}.", "deal", known.timing.key, "account" if known.customer else "")


def chance(known: DealKnown) -> Claim:
    foreseen = known.foreseen
    if foreseen.probability is None:
        return claim("It has no score yet, so what follows rests on the record alone.", "deal")
    by = "The model gives it" if foreseen.is_by_model else "The rate of its stage gives it"
    said = f"{by} {percent(foreseen.probability)}"
    if round(foreseen.high - foreseen.low, 2) > 0:
        said += f" ({percent(foreseen.low)} to {percent(foreseen.high)})"
    if foreseen.moved is not None and abs(foreseen.moved) >= SURE:
        said += f", {in_points(foreseen.moved)} in a week"
    return claim(f"{said}.", foreseen.key)


def in_favour(known: DealKnown) -> Claim | None:
    helps = known.foreseen.helps[:2]
    if not helps:
        return None
    return claim(f"In its favour: {listed([told(known, each) for each in helps])}.",
                 *(each.key for each in helps))  # fmt: skip


def told(known: DealKnown, reason: Reason) -> str:
    owner = known.deal.owner.name if known.deal.owner else ""
    names = [owner, *(each.name for each in known.people)]
    return f"{lowered(plain(reason.words), names=names)} ({in_points(reason.points)})"


def usual_aim(view: View, known: DealKnown) -> Claim:
    """Where nothing presses: the move that goes with the largest gain."""
    move = next(iter(known.foreseen.moves), None)
    person = view.decider or view.contact
    if move is None:
        return claim("agree on the next step and its day", "deal")
    who = f" with {person.first}" if person and move.name == "book_meeting" else ""
    return claim(
        f"{lowered(move.title)}{who}: deals like it that did stand at"
        f" {percent(move.probability)} ({in_points(move.points)})",
        move.key,
    )


def room(view: View, known: DealKnown) -> list[Point]:
    writing = Writing()
    writing.say(next_meeting(known))
    for person in known.people[:6]:
        writing.add(person_told(view, known, person), lead=f"{person.name},")
    writing.say(missing(view, known))
    return writing.points


def next_meeting(known: DealKnown) -> Claim:
    found = next(iter(known.ahead), None)
    if found is None:
        step = plain(known.deal.next_step) if isinstance(known, DealKnown) else ""
        if step:
            return claim(
                f"Nothing is booked; the next step on record is {quote(step)}. Put a day on it.",
                "deal",
            )
        return claim("Nothing is booked: this call has to produce the next date.", "deal")
    when = f"{on_day(found.on, today=known.today)}{f' at {found.time}' if found.time else ''}"
    said = f"Next in the calendar: {plain(found.subject)}, {when}"
    if found.text:
        return claim(f"{said}. {quote(found.text)}", found.key)
    return claim(f"{said}. No agenda is noted: send one before the call.", found.key)


def person_told(view: View, known: Known, person: Person) -> Claim:
    what = ", ".join(filter(None, (plain(person.title), plain(person.role))))
    if person.seen_in:
        return claim(
            f"{what}: gone by the CRM, and yet in later notes. Make sure before you call.",
            person.key,
            person.seen_in,
        )
    if person.has_left:
        since = f" on {on_day(person.left_on, today=known.today)}" if person.left_on else ""
        return claim(f"{what}: left the company{since}, by the CRM.", person.key)
    if person.last_on is None:
        return claim(f"{what}: no contact on record.", person.key)
    away = (known.today - person.last_on).days
    ago = "today" if away == 0 else f"{counted(away, 'day')} ago"
    said = f"{what}: last contact {on_day(person.last_on, today=known.today)} ({ago})"
    if isinstance(known, DealKnown) and known.age is not None and away > known.age:
        said += ", before this deal began"
    quoted = next(
        (each for each in known.said if each.is_incoming and each.by == person.name and each.text),
        None,
    )
    words = view.quote(quoted) if quoted and quoted.on == person.last_on else ""
    if words and quoted:
        return claim(f"{said}: {words}", person.key, quoted.key)
    return claim(f"{said}.", person.key)


def missing(view: View, known: DealKnown) -> Claim | None:
    if not known.people:
        return claim(
            "Nobody at the customer has a role in this deal. Before anything else, find out who"
            " owns the problem, who pays and who can say no.",
            "deal",
        )
    absent = [
        name
        for name, person in (
            ("an economic buyer", view.payer),
            ("anybody at director level or above", view.senior),
        )
        if person is None
    ]
    if not absent:
        return None
    return claim(f"Missing from the record: {listed(absent)}.", "deal")
