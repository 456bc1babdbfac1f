"""Talking points, pains and needs, and the competitive position."""

import re

from assistant.plans.composing.about_case import IN_HOUSE
from assistant.plans.composing.customer import cases_told, use_told
from assistant.plans.composing.themes import Theme
from assistant.plans.composing.view import View
from assistant.plans.gathering.deal import DealKnown
from assistant.plans.gathering.known import Like
from assistant.plans.points import Point, Writing, cited, claim
from assistant.plans.wording import capital, counted, on_day, percent, plain, quote
from revenue.web.templatetags import web

MOST_POINTS, MOST_NEEDS = 4, 3


def talking(view: View, known: DealKnown, themes: list[Theme]) -> list[Point]:
    writing = Writing()
    for theme in themes:
        if len(writing.points) < MOST_POINTS - 1 and (said := theme.talk()):
            lead, claims = said
            writing.add(*claims, lead=f"{lead}.")
    momentum(writing, view)
    proof(writing, known)
    vision(writing, known)
    if not writing.points:
        writing.add(
            claim(
                "There is no exchange on record to build on. Open with why you call and one"
                " question about their year, and listen.",
                "deal",
            ),
            lead="Listen first.",
        )
    return writing.points


def momentum(writing: Writing, view: View) -> None:
    """Something good that they said and that has not been used yet."""
    for said in view.good:
        if words := view.quote(said):
            writing.add(
                claim(f"{capital(view.who(said))}: {words}", said.key),
                claim(
                    view.pick(
                        (
                            "Say it back to them before you ask for anything.",
                            "Start from there; it is the warmest thing on record.",
                            "Ask what has become of it.",
                        ),
                        "momentum",
                    ),
                    said.key,
                ),
                lead="Build on their own words." if said.is_incoming else "Pick up what went well.",
            )
            return


def proof(writing: Writing, known: DealKnown) -> None:
    story = cited(known.best("proof"))
    like = best_like(known)
    if like is None and story is None:
        return
    claims = []
    if like is not None:
        claims.append(claim(f"{like_told(known, like)}.", like.key))
    if story is not None:
        claims.append(story)
    elif like is not None:
        claims.append(claim("Ask whether that customer may be named as a reference.", like.key))
    writing.add(*claims, lead="Name somebody like them.")


def best_like(known: DealKnown) -> Like | None:
    """One of the same industry where there is any."""
    industry = known.customer.account.industry if known.customer else ""
    rows = [each for each in known.won_like if each.account and each.account != known.company]
    same = [each for each in rows if industry and each.industry == industry]
    return next(iter(same or rows), None)


def like_told(known: DealKnown, like: Like) -> str:
    industry = f", {plain(like.industry).lower()} too" if known.customer and (
        like.industry == known.customer.account.industry and like.industry
    ) else ""  # fmt: skip
    worth = f" for {web.compact_money(like.amount, like.currency)}" if like.amount else ""
    took = f" after {counted(like.days, 'day')}" if like.days else ""
    against = (
        f" against {plain(like.rival)}" if like.rival and like.rival.lower() not in IN_HOUSE else ""
    )
    return f"{plain(like.account)}{industry}, signed{worth}{took}{against} from much the same place"


def vision(writing: Writing, known: DealKnown) -> None:
    found = cited(known.best("product"))
    names = known.product_names
    if found is None or not names:
        return
    writing.add(found, lead=f"Tie {plain(names[0])} to their scope.")


def needs(view: View, known: DealKnown) -> list[Point]:
    writing = Writing()
    scope = plain(known.deal.description)
    if scope:
        writing.add(claim(f"What the deal is about: {quote(scope)}", "deal"))
    for said in view.needs:
        if len(writing.points) > MOST_NEEDS:
            break
        if words := view.quote(said):
            writing.add(claim(f"{capital(view.who(said))}: {words}", said.key))
    industry = known.best("industry")
    if industry:
        writing.add(
            cited(industry),
            claim("Nothing on record says that it is so for them: ask.", industry.key),
        )
    use_told(writing, known.customer)
    cases_told(writing, known.tickets)
    if not scope and not view.needs:
        writing.add(
            claim(
                "Why they would buy is not on record: no description, and no need in any mail or"
                " note. That is the first thing to find out.",
                "deal",
            )
        )
    return writing.points


def competition(view: View, known: DealKnown) -> list[Point]:
    writing = Writing()
    field_told(writing, known)
    heard(writing, view, known)
    record_told(writing, known)
    found = known.best("rival-line") or known.best("rival-house")
    if found:
        writing.add(claim(f"“{found.text}”", found.key), lead="Our line.")
    lost = next(
        (each for each in known.lost_like if each.rival and each.rival == known.rival), None
    )
    if lost and known.rival.lower() not in IN_HOUSE:
        when = f" on {on_day(lost.ended_on, today=known.today)}" if lost.ended_on else ""
        writing.add(
            claim(
                f"A like deal was lost to them{when}: {plain(lost.account or lost.name)}. Read what"
                " happened there before you call.",
                lost.key,
            )
        )
    names = rival_names(known)
    if names and not found and known.best("rival") is None:
        writing.add(
            claim(
                f"No document you may read tells how to stand against {plain(names[0])}. Have the"
                " comparison ready from somebody who has won against them.",
                "deal",
            )
        )
    return writing.points


def rival_names(known: DealKnown) -> list[str]:
    own = [known.rival] if known.rival and known.rival.lower() not in IN_HOUSE else []
    return list(dict.fromkeys([*own, *(name for name, _ in known.rivals_mentioned)]))


def field_told(writing: Writing, known: DealKnown) -> None:
    if known.rival.lower() in IN_HOUSE:
        writing.add(
            claim(
                "The alternative on record is their own people: the contest is with doing nothing,"
                " so talk about the cost of building and keeping it, not about features.",
                "deal",
            ),
            lead=f"{plain(known.rival)}.",
        )
    elif known.rival:
        writing.add(claim("is on record as the competitor.", "deal"), lead=plain(known.rival))
    elif not known.rivals_mentioned:
        writing.add(
            claim(
                "No competitor is recorded and none is mentioned in any mail or note. At this stage"
                " that is a gap in what we know, not a sign that there is none.",
                "deal",
            ),
            lead="Nobody is named.",
        )


def heard(writing: Writing, view: View, known: DealKnown) -> None:
    """What was said of whom; once a name."""
    told: set[str] = set()
    for name, key in known.rivals_mentioned:
        if key == "deal" and re.search(rf"[Rr]eplace {re.escape(name)}", known.deal.description):
            told.add(name)
            writing.add(
                claim("is what they have today; the deal is to replace it.", "deal"),
                lead=plain(name),
            )
            continue
        said = next((each for each in known.said if each.key == key), None)
        if said is None or name in told or len(told) > 1:
            continue
        told.add(name)
        words = view.quote(said)
        text = f"{capital(view.who(said))}: {words}" if words else (
            f"It is named {view.where(said)}, quoted above."
        )  # fmt: skip
        writing.add(claim(text, said.key), lead=f"{plain(name)} in their words.")


def record_told(writing: Writing, known: DealKnown) -> None:
    record = known.rival_record
    if record is None:
        return
    total, every = record.won + record.lost, record.all_won + record.all_lost
    mine, usual = record.won / total, record.all_won / max(1, every)
    if abs(mine - usual) < 0.03:
        verdict = "about as often as otherwise"
    else:
        verdict = "better than otherwise" if mine > usual else "worse than otherwise"
    writing.add(
        claim(
            f"Of {counted(total, 'closed deal')} against {plain(record.name)} that you can see,"
            f" {record.won} were won ({percent(mine)}), {verdict} ({percent(usual)}).",
            record.key,
        ),
        lead="Our record.",
    )
