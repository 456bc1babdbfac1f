"""A plan for a conversation with an account as a whole."""

from collections.abc import Callable, Iterator, Mapping

from assistant.claims import Claim
from assistant.plans.composing import opening
from assistant.plans.composing.about_case import IN_HOUSE
from assistant.plans.composing.customer import FULL, IDLE, cases_told, use_told
from assistant.plans.composing.view import View
from assistant.plans.gathering.account import AccountKnown, OpenDeal
from assistant.plans.gathering.known import Offer
from assistant.plans.gathering.passages import Ask, look_up
from assistant.plans.points import Point, Writing, cited, claim
from assistant.plans.sections import KEYS
from assistant.plans.wording import (
    capital,
    counted,
    listed,
    lowered,
    on_day,
    percent,
    plain,
    quote,
)
from revenue.users.models import Membership
from revenue.web.templatetags import web

LOW = 50
MOST_NEEDS, MOST_ACTIONS, MOST_QUESTIONS = 4, 4, 6


def composed(known: AccountKnown) -> Iterator[tuple[str, list[Point]]]:
    view = View.of(known)
    for key in KEYS:
        yield key, WRITES[key](view, known)


def summary(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    figures = known.figures
    worth = (
        f" worth {web.compact_money(figures.open_pipeline, known.org.currency)}"
        if figures.open_pipeline
        else ""
    )
    kind = plain(known.account.industry)
    who = f"{plain(known.company)}, {lowered(kind)}," if kind else plain(known.company)
    bought = (
        f" and {counted(figures.won_deals, 'deal')} won before"
        f" ({web.compact_money(figures.won_total, known.org.currency)})"
        if figures.won_deals and figures.won_total
        else ""
    )
    writing.say(
        claim(
            f"{who} has {counted(figures.open_deals, 'open deal')}{worth}{bought}."
            if figures.open_deals or figures.won_deals
            else f"{who} has bought nothing yet, and no deal is open.",
            "figures",
            "account",
        ),
        wellbeing(known),
    )
    writing.say(first_deal(known), heard_last(view))
    aim = aim_of(view, known)
    writing.points.append(
        Point([Claim(f"{aim.text}.", aim.sources)], lead="Aim of this call:", is_bullet=False)
    )
    return writing.points


def wellbeing(known: AccountKnown) -> Claim | None:
    health = known.customer.health if known.customer else None
    if health is None:
        return None
    said = f"Health is {health.score} of 100 ({health.band.lower()})"
    if health.change:
        said += f", {'up' if health.change > 0 else 'down'} {abs(health.change)} in 28 days"
    worst = next((each for each in health.reasons if each.get("points", 0) < 0), None)
    if worst and health.band != "Healthy":
        said += f"; what weighs most: {lowered(plain(worst['text']))}"
    return claim(f"{said}.", health.key)


def first_deal(known: AccountKnown) -> Claim | None:
    deal = next(iter(known.deals), None)
    if deal is None:
        return None
    said = f"The deal to watch is {plain(deal.name)}, in {plain(deal.stage)}"
    if deal.probability is not None:
        said += f" at {percent(deal.probability)}"
    if deal.warnings:
        said += f" ({listed([lowered(plain(each)) for each in deal.warnings[:2]])})"
    return claim(f"{said}.", deal.key)


def heard_last(view: View) -> Claim | None:
    concern = next(iter(view.concerns), None)
    if concern is None:
        return None
    words = view.quote(concern.said)
    return claim(
        f"On their mind: {concern.topic.label}; {view.who(concern.said)}: {words}",
        concern.said.key,
    )


def aim_of(view: View, known: AccountKnown) -> Claim:
    ticket = next((each for each in known.tickets if each.is_escalated), None)
    health = known.customer.health if known.customer else None
    person = view.contact
    name = person.first if person else "them"
    if ticket:
        return claim(
            f"settle “{plain(ticket.subject)}”, and have {name} say that it is settled", ticket.key
        )
    if health and health.score <= LOW:
        return claim(f"hear from {name} what would make them stay, before selling", health.key)
    if known.deals:
        return claim(f"get the next step of {plain(known.deals[0].name)} dated", known.deals[0].key)
    offer = best_offer(known)
    if offer:
        return claim(
            f"find out whether {plain(offer.product)} answers a need that {name} has", offer.key
        )
    return claim(
        f"learn from {name} what this year has to bring", person.key if person else "account"
    )


def best_offer(known: AccountKnown) -> Offer | None:
    return max(known.offers, key=lambda each: each.probability * min(each.lift, 3), default=None)


def room(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    found = next(iter(known.ahead), None)
    if found:
        at = f" at {found.time}" if found.time else ""
        text = f" {quote(found.text)}" if found.text else ""
        writing.say(
            claim(
                f"Next in the calendar: {plain(found.subject)},"
                f" {on_day(found.on, today=known.today)}{at}.{text}",
                found.key,
            )
        )
    else:
        writing.say(claim("Nothing is booked with them.", "account"))
    for person in [*view.here, *view.gone][:6]:
        writing.add(opening.person_told(view, known, person), lead=f"{person.name},")
    if not known.people:
        writing.say(claim("No contact of them is on record that you may read.", "account"))
    elif view.senior is None:
        writing.say(claim("Nobody at director level or above is on record.", "account"))
    return writing.points


def talking(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    for concern in view.concerns[:2]:
        topic, said = concern.topic, concern.said
        words = view.quote(said)
        told = claim(f"{capital(view.who(said))}: {words}", said.key) if words else None
        writing.add(
            told,
            claim(f"{view.pick(topic.answer, topic.name)}.", said.key),
            cited(known.best(f"topic:{topic.name}")),
            lead=f"Answer {topic.label}.",
        )
    good = next((each for each in view.good if each.key not in view.quoted), None)
    if good:
        writing.add(
            claim(f"{capital(view.who(good))}: {view.quote(good)}", good.key),
            claim("Ask what has become of it.", good.key),
            lead="Build on what is going well.",
        )
    use = known.customer.use if known.customer else None
    if use and use.share < IDLE:
        writing.add(
            claim(
                f"{use.active:,} of {use.licensed:,} licences are in use. Ask for the story of one"
                " team that stopped, before anything is offered.",
                use.key,
            ),
            lead="Talk about use, not about more.",
        )
    proof = cited(known.best("proof"))
    if proof:
        writing.add(proof, lead="Bring a story of their trade.")
    if not writing.points:
        writing.add(
            claim("There is no exchange on record to build on: open with a question.", "account"),
            lead="Listen first.",
        )
    return writing.points


def needs(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    for said in view.needs:
        if len(writing.points) >= MOST_NEEDS:
            break
        if words := view.quote(said):
            writing.add(claim(f"{capital(view.who(said))}: {words}", said.key))
    industry = cited(known.best("industry"))
    if industry:
        writing.add(industry, claim("Ask whether it is so for them.", industry.sources[0]))
    use_told(writing, known.customer)
    cases_told(writing, known.tickets)
    if not writing.points:
        writing.add(
            claim("No need of theirs is on record. Ask what this year has to bring.", "account")
        )
    return writing.points


def competition(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    told: set[str] = set()
    for name, key in known.rivals_mentioned:
        said = next((each for each in known.said if each.key == key), None)
        if said is None or name in told or len(told) > 1 or name.lower() in IN_HOUSE:
            continue
        told.add(name)
        words = view.quote(said)
        text = f"{capital(view.who(said))}: {words}" if words else f"Named {view.where(said)}."
        writing.add(claim(text, said.key), lead=f"{plain(name)}.")
    line = known.best("rival")
    if line:
        writing.add(claim(f"“{line.text}”", line.key), lead="Our line.")
    if not told:
        writing.add(
            claim(
                "No competitor is named in any mail or note. Ask what else they use beside us.",
                "account",
            ),
            lead="Nobody is named.",
        )
    return writing.points


def actions(known: AccountKnown) -> list[Point]:
    writing = Writing()
    for key, title, advice in known.acts[:2]:
        writing.add(claim(plain(advice) or "From the playbook.", key), lead=f"{plain(title)}.")
    for deal in known.deals[:2]:
        writing.add(deal_step(known, deal), lead=f"Move {plain(deal.name)}.")
    rows = sorted(known.offers, key=lambda each: -each.probability * min(each.lift, 3))
    for offer in rows[: max(1, MOST_ACTIONS - len(writing.points))]:
        reason = plain(offer.reason)
        writing.add(
            claim(
                f"{reason}; a chance of {percent(offer.probability)} to be bought next."
                if reason
                else f"A chance of {percent(offer.probability)} to be bought next.",
                offer.key,
            ),
            lead=f"Speak of {plain(offer.product)}.",
        )
    if not writing.points:
        writing.add(claim("Agree on one thing to look at together, and on its day.", "account"))
    return writing.points


def deal_step(known: AccountKnown, deal: OpenDeal) -> Claim:
    due = f", due {on_day(deal.due, today=known.today)}" if deal.due else ""
    worth = f"{web.compact_money(deal.amount, deal.currency)}" if deal.amount else "No amount yet"
    warned = f"; warned of: {listed([lowered(each) for each in deal.warnings[:2]])}" if (
        deal.warnings
    ) else ""  # fmt: skip
    return claim(f"{worth}{due}{warned}.", deal.key)


def measures(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    for concern in view.concerns[:2]:
        writing.add(claim(concern.topic.settled, concern.said.key))
    for deal in known.deals[:1]:
        writing.add(claim(f"{plain(deal.name)} has a next step with a day.", deal.key))
    health = known.customer.health if known.customer else None
    if health and health.band != "Healthy":
        writing.add(claim(f"Health is above {health.score} when you call again.", health.key))
    result = cited(known.best("result"), "For the customer. Elsewhere it was this")
    if result:
        writing.add(result)
    else:
        writing.add(claim("They have named a number that this year is judged by.", "account"))
    return writing.points


def risks(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    health = known.customer.health if known.customer else None
    bad = [each for each in health.reasons if each.get("points", 0) < 0] if health else []
    if health and bad:
        worst = "; ".join(lowered(plain(each["text"])) for each in bad[:2])
        writing.add(
            claim(f"{capital(worst)}.", health.key),
            claim("→ Go through it with customer success before the call.", health.key),
            cited(known.best("unwell")),
            lead="They drift away.",
        )
    for concern in view.concerns[:2]:
        topic, said = concern.topic, concern.said
        writing.add(
            claim(f"{capital(topic.label)} has been open since {view.day(said)}.", said.key),
            claim(f"→ {topic.remedy}.", said.key),
            lead=f"{topic.risk}.",
        )
    for person in view.gone[:1]:
        writing.add(
            claim(f"{person.name} has left.", person.key),
            claim("→ Find the successor before the relation cools.", person.key),
            cited(known.best("left")),
            lead=f"What {person.first} knew of us is gone.",
        )
    if not writing.points:
        writing.add(claim("Nothing on record speaks against them staying.", "account"))
    return writing.points


def questions(view: View, known: AccountKnown) -> list[Point]:
    writing = Writing()
    person = view.contact
    for concern in view.concerns[:2]:
        writing.add(claim(f"“{capital(concern.topic.question)}”", concern.said.key))
    use = known.customer.use if known.customer else None
    if use and use.share < IDLE:
        writing.add(claim("“Who was meant to work with it, and what keeps them from it?”", use.key))
    elif use and use.share > FULL:
        writing.add(claim("“Who would use it if there were licences for everybody?”", use.key))
    for text in (
        "“What has changed at your side since last year?”",
        "“Which number are you judged by this year?”",
        "“What do you use beside us, and what does it do better?”",
        "“Who else should know what we do for you?”",
    ):
        if len(writing.points) < MOST_QUESTIONS:
            writing.add(claim(text, person.key if person else "account"))
    return writing.points


WRITES: Mapping[str, Callable[[View, AccountKnown], list[Point]]] = {
    "summary": summary,
    "room": room,
    "talking": talking,
    "needs": needs,
    "competition": competition,
    "actions": lambda _, known: actions(known),
    "measures": measures,
    "risks": risks,
    "questions": questions,
}


def read_passages(known: AccountKnown, *, reader: Membership) -> None:
    view = View.of(known)
    industry = known.account.industry
    practice = ("practice", "competitors", "other")
    asked: dict[str, Ask] = {
        "unwell": Ask(
            "use falls before customers leave call within a week", ("customers",), kinds=practice
        ),
    }
    if view.gone:
        asked["left"] = Ask(
            "contact leaves the company call the successor", ("successor",), kinds=practice
        )
    for concern in view.concerns[:2]:
        topic = concern.topic
        asked[f"topic:{topic.name}"] = Ask(topic.looks_for, topic.must, kinds=practice)
    names = [name for name, _ in known.rivals_mentioned if name.lower() not in IN_HOUSE][:1]
    if names:
        asked["rival"] = Ask(
            f"how we win against {names[0]} where they are weak", names, "how we win"
        )
    if industry:
        story = f"{industry} customer story results in figures before and after"
        asked["proof"] = Ask(story, (industry,), "figures", ("case_study",))
        asked["result"] = Ask(story, (industry,), "figures", ("case_study",))
        asked["industry"] = Ask(f"{industry} what moves it", (industry,), "moves", ("industry",))
    look_up(known, asked, reader=reader, about=known.account)
