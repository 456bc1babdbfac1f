"""A question answered: by the page that knows, else from what is found; or asked back."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from assistant.chat import free
from assistant.chat.answer import Answer
from assistant.chat.answers import deals, growth, numbers, plain, rates, records
from assistant.chat.mail.answering import mail
from assistant.chat.resolving import Ask, UnclearError, UnknownError, lexicon_for
from assistant.chat.router.agents import OF_ONE
from assistant.chat.router.route import Routed, route
from assistant.chat.suggesting import by_role
from revenue.users.models import Membership

AGENTS: Mapping[str, Callable[[Ask], Answer]] = {
    "pipeline": deals.pipeline,
    "top": deals.top,
    "risk": deals.risk,
    "deals": deals.deals,
    "conversion": rates.conversion,
    "winrate": rates.winrate,
    "industries": rates.industries,
    "accounts": growth.accounts,
    "forecast": numbers.forecast,
    "quota": numbers.quota,
    "account": records.account,
    "deal": records.deal,
    "mail": mail,
    "plan": records.plan,
    "crosssell": growth.crosssell,
    "leads": growth.leads,
    "health": growth.health,
    "changes": rates.changes,
    "team": rates.team,
    "help": plain.help_,
    "readonly": plain.readonly,
}
# Of a company that is none of ours, something else may be asked than for its summary.
SURE_OF_NAME = 0.8
TOLD_TO_WRITER = ("title", "text", "figures", "tables", "notes")


def understood(text: str, *, reader: Membership, at: datetime, previous: Routed | None) -> Ask:
    routed = route(text, previous=previous, lexicon=lexicon_for(reader))
    return Ask(reader=reader, at=at, routed=routed)


def answer_of(ask: Ask) -> Answer:
    """Computed; whoever would write freely comes in only where no page answers."""
    agent = AGENTS.get(ask.routed.agent)
    if agent is None:
        return free.offline(ask)
    try:
        answer = agent(ask)
    except UnclearError as unclear:
        answer = Answer(title="Which one?", text=str(unclear))
        answer.choices = [
            {"label": label, "slot": unclear.slot, "value": value}
            for label, value in unclear.choices
        ]
        return answer
    except UnknownError as unknown:
        return not_found(ask, str(unknown))
    answer.chips = ask.chips()
    answer.notes += [note for note in ask.notes if note not in answer.notes]
    if ask.routed.is_unsure:
        others = [plain.TITLES[name] for name in ask.routed.others if name in plain.TITLES][:2]
        answer.notes.append(
            "I am not sure that I understood. I took this for a question about"
            f" {plain.TITLES.get(ask.routed.agent, ask.routed.agent)}"
            + (f"; it could also be about {' or '.join(others)}." if others else ".")
        )
    return answer


def not_found(ask: Ask, why: str) -> Answer:
    """No such person, account or deal; what sounded like one may be asked of the documents."""
    if ask.routed.agent in OF_ONE and ask.routed.confidence < SURE_OF_NAME:
        found = free.offline(ask)
        if found.text != free.UNKNOWN:
            return found
    return Answer(title="Not found", text=why, suggestions=by_role(ask.reader)[:3])


def computed(text: str, ask: Ask) -> dict[str, Any]:
    """For a writer: what the pages say to a question in words, as the person who asks."""
    routed = route(text, lexicon=lexicon_for(ask.reader))
    if routed.agent not in AGENTS or routed.agent in ("help", "readonly", "mail"):
        return {"text": "No page answers that."}
    found = answer_of(replace(ask, routed=routed, notes=[]))
    data = found.as_data()
    return {name: data[name] for name in TOLD_TO_WRITER if name in data}
