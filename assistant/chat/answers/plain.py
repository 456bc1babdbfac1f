"""Answers that read nothing: what can be asked, and what is not done here."""

from assistant.chat.answer import Answer
from assistant.chat.resolving import Ask
from assistant.chat.suggesting import by_role

TITLES = {
    "pipeline": "the pipeline as a whole",
    "top": "the largest or likeliest deals",
    "risk": "deals at risk",
    "deals": "lists of deals, open, won or lost",
    "conversion": "win rates and how deals move on",
    "winrate": "why the win rate moved",
    "industries": "industries",
    "accounts": "accounts to focus on",
    "forecast": "the forecast",
    "quota": "quota and attainment",
    "account": "a summary of an account",
    "deal": "a summary of a deal",
    "mail": "drafts of e-mails",
    "plan": "preparing a call",
    "crosssell": "what to sell next",
    "leads": "lead scores",
    "health": "how well customers are",
    "changes": "what changed in the pipeline",
    "team": "sellers and teams",
    "knowledge": "questions to your documents",
}


def help_(ask: Ask) -> Answer:
    lines = "\n".join(f"- {title}" for title in TITLES.values())
    return Answer(
        title="What you can ask",
        text=(
            "Ask in plain words; every number comes from the page that it links to, and holds only"
            f" what you may see. I know about:\n\n{lines}\n\nNarrow it by person, team, period,"
            " industry, region, size, stage and amount: “deals over 50k closing this month that"
            " have gone quiet”. Then go on: “only mine”, “and last quarter?”, “why?”."
        ),
        suggestions=by_role(ask.reader),
    )


def readonly(ask: Ask) -> Answer:
    return Answer(
        title="Nothing is changed here",
        text=(
            "I read and I draft, but I change nothing: records are changed in your CRM, and come"
            " back here with the next sync. Notes and decisions about a deal are made on its page."
        ),
        suggestions=by_role(ask.reader)[:3],
    )
