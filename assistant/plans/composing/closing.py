"""What to propose, how to tell success, what may go wrong, and what to ask."""

from assistant.claims import Claim
from assistant.plans.composing.themes import Theme
from assistant.plans.composing.view import View
from assistant.plans.gathering.deal import DealKnown
from assistant.plans.gathering.known import Move, Play
from assistant.plans.points import Point, Writing, cited, claim
from assistant.plans.wording import in_points, lowered, percent, plain

MOST_ACTIONS, MOST_RISKS, MOST_QUESTIONS, MOST_MEASURES = 4, 4, 6, 4
# Which play answers which move.
SAME = {
    "another_contact": ("second_contact", "single_threaded"),
    "senior_contact": ("senior_contact",),
    "book_meeting": ("book_meeting", "no_activity"),
    "get_answer": ("get_answer", "ghosted"),
    "set_next_step": ("set_next_step", "no_next_step"),
    "settle_close_date": ("settle_close_date", "overdue", "pushed"),
    "advance_stage": ("stalled",),
}
SETS_APART, LIKELY = 1.15, 0.02  # before a product is worth a word in this call
LATE = ("propos", "negotiat", "contract", "review", "legal", "commit", "verbal")


def actions(view: View, known: DealKnown) -> list[Point]:
    writing = Writing()
    used: set[str] = set()
    for play in (each for each in known.foreseen.plays if each.is_accepted):
        used.add(play.key)
        view.plays.add(play.key)
        writing.add(
            claim(f"It was accepted and is not done. {plain(play.advice)}", play.key),
            lead=f"{plain(play.title)}.",
        )
    for move in known.foreseen.moves:
        if len(writing.points) >= MOST_ACTIONS - 1:
            break
        if move.name == "advance_stage":
            continue  # what comes of the others, and no step by itself
        play_of = known.foreseen.play(*SAME.get(move.name, (move.name,)))
        if play_of and play_of.key in used:
            continue
        used.add(play_of.key if play_of else move.key)
        writing.add(
            *moved(view, known, move, play_of, first=not writing.points), lead=lead_of(view, move)
        )
    if not writing.points:
        plainly(writing, view, known)
    offer_told(writing, known)
    return writing.points


def lead_of(view: View, move: Move) -> str:
    person = {
        "book_meeting": view.decider or view.contact,
        "get_answer": view.contact,
        "senior_contact": view.senior,
    }.get(move.name)
    title = plain(move.title)
    if person is None:
        return f"{title}."
    return {
        "book_meeting": f"Book a meeting with {person.first}.",
        "get_answer": f"Get {person.first} to answer.",
        "senior_contact": f"Bring {person.first} back in.",
    }[move.name]


def moved(
    view: View, known: DealKnown, move: Move, play: Play | None, *, first: bool
) -> list[Claim]:
    now = known.foreseen.probability or 0
    if first:
        text = (
            f"Of what is within reach it goes with the most: {in_points(move.points)}, from"
            f" {percent(now)} to {percent(move.probability)} in deals like this one."
        )
    else:
        text = view.pick(
            (
                "Goes with {gain} in deals like it.",
                "{gain} in deals that had it.",
                "Worth {gain}, by what became of like deals.",
            ),
            move.name,
        ).format(gain=in_points(move.points))
    found = [claim(text, move.key, known.foreseen.key)]
    if play and play.key not in view.plays:
        view.plays.add(play.key)
        found.append(claim(plain(play.advice), play.key))
    practice = cited(known.best(f"move:{move.name}"))
    return [*found, practice] if practice else found


def plainly(writing: Writing, view: View, known: DealKnown) -> None:
    """Where no model has a say: what the stage asks for."""
    person = view.contact
    late = any(word in known.deal.stage.lower() for word in LATE)
    text = (
        "List every step to the signature with a name and a day, and go through it together."
        if late
        else "Agree on what they want changed, how they will know, and who else must see it."
    )
    writing.add(
        claim(text, person.key if person else "deal"),
        lead="Write the plan to a signature." if late else "Settle the reason first.",
    )


def offer_told(writing: Writing, known: DealKnown) -> None:
    rows = [each for each in known.offers if each.product not in known.product_names]
    offer = max(rows, key=lambda each: each.probability * min(each.lift, 3), default=None)
    if offer is None or offer.lift < SETS_APART or offer.probability < LIKELY:
        return
    late = any(word in known.deal.stage.lower() for word in LATE)
    how = (
        "Leave it out of this contract and name it as the step after, so that it delays nothing."
        if late
        else "Mention it once, as a later step; this deal comes first."
    )
    writing.add(
        claim(
            f"{plain(offer.reason)}; a chance of {percent(offer.probability)} to be bought next.",
            offer.key,
        ),
        claim(how, offer.key),
        lead=f"Keep {plain(offer.product)} in sight.",
    )


def measures(known: DealKnown, themes: list[Theme]) -> list[Point]:
    writing = Writing()
    said = [found for theme in themes if (found := theme.measure())][: MOST_MEASURES - 1]
    for each in said:
        writing.add(each)
    move = known.foreseen.move("advance_stage")
    if move and not any(move.key in each.sources for each in said):
        writing.add(
            claim(
                "It is ready for the next stage, and is put there: deals like it stand at"
                f" {percent(move.probability)} from that day.",
                move.key,
            )
        )
    result = known.best("result")
    if result:
        writing.add(
            cited(result, "For the customer. Elsewhere it was this"),
            claim("Agree on their own number before the proposal, not after it.", result.key),
        )
    else:
        writing.add(
            claim(
                "For the customer: a number of their own that the project has to reach. None is on"
                " record; agree on it in this call.",
                "deal",
            )
        )
    return writing.points


def risks(known: DealKnown, themes: list[Theme]) -> list[Point]:
    writing = Writing()
    used: set[str] = set()
    for theme in themes:
        if len(writing.points) >= MOST_RISKS:
            break
        risk = theme.risk()
        if risk is None or risk.lead in used:
            continue
        used.add(risk.lead)
        writing.add(risk.why, *risk.answers, lead=f"{risk.lead}.")
    if not writing.points:
        hurt = next(iter(known.foreseen.hurts), None)
        writing.add(
            claim(
                f"No warning holds. What weighs most against it is {lowered(plain(hurt.words))}"
                f" ({in_points(hurt.points)})."
                if hurt
                else "No warning holds, and nothing on record speaks against it.",
                hurt.key if hurt else known.foreseen.key or "deal",
            )
        )
    return writing.points


def questions(view: View, known: DealKnown, themes: list[Theme]) -> list[Point]:
    writing = Writing()
    said: list[Claim] = [found for theme in themes if (found := theme.question())][:4]
    for each in [*said, *gaps(view, known)]:
        if len(writing.points) < MOST_QUESTIONS:
            writing.add(each)
    return writing.points


def gaps(view: View, known: DealKnown) -> list[Claim]:
    """What a deal of this stage should know and this one does not."""
    late = any(word in known.deal.stage.lower() for word in LATE)
    found = []
    if not view.needs:
        found.append(claim("“What made you look at this now, and not a year ago?”", "deal"))
    if not known.rival and not known.rivals_mentioned:
        found.append(
            claim("“Who else are you talking to, and what do you like about them?”", "deal")
        )
    if view.decider is None:
        found.append(claim("“Who will decide, and how did you decide the last time?”", "deal"))
    if late:
        found.append(
            claim("“What has to pass legal, security and procurement, and in which order?”", "deal")
        )
    else:
        found.append(
            claim("“How will you tell, a year from now, that it was worth the money?”", "deal")
        )
    if known.customer and known.customer.owned:
        found.append(
            claim(
                f"“What would you miss most if {plain(known.customer.owned[0])} were gone"
                " tomorrow?”".replace(" tomorrow", ""),
                "account",
            )
        )
    found.append(claim("“What have I not asked that I should have?”", "deal"))
    return found
