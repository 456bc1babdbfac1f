"""Questions that no page answers: from what is found, with where it stands, or an honest no."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from assistant import search
from assistant.chat.answer import Answer
from assistant.chat.resolving import Ask
from assistant.chat.router.examples import known_words
from assistant.chat.router.words import folded
from assistant.chat.suggesting import by_role
from assistant.search import Hit
from assistant.writers import OfflineError, Tool, Turn, fenced, write

MOST_HITS, QUOTED = 6, 3
LEAST_SHARED = 0.5
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9„“\"])")
LONGEST = 420
UNKNOWN = (
    "I don't know: nothing that you may read answers this, neither in your documents nor in your"
    " records."
)
SYSTEM = (
    "You answer questions of a salesperson about their pipeline, their customers and their"
    " company's documents, in the language of the question, in at most 150 words. Use the tools to"
    " look things up; they read as that person. Say only what the tools or the material say. After"
    " each sentence that rests on a source write its mark, as [[passage-12]]. Copy numbers"
    " exactly. If nothing answers the question, say that you do not know."
)
FILLERS = frozenset(
    [
        "what",
        "which",
        "who",
        "how",
        "why",
        "when",
        "where",
        "does",
        "our",
        "we",
        "the",
        "is",
        "are",
        "do",
        "can",
        "for",
        "with",
        "about",
        "policy",
        "say",
        "tell",
        "know",
        "find",
        "between",
        "have",
        "has",
        "should",
        "would",
        "could",
        "was",
        "wie",
        "welche",
        "wer",
        "unser",
        "unsere",
        "gibt",
    ]
)


def offline(ask: Ask, *, notice: str = "") -> Answer:
    hits = search.find(reader=ask.reader, text=ask.routed.text, most=MOST_HITS)
    answer = Answer(title="From your documents and records")
    if notice:
        answer.notes.append(notice)
    told = [hit for hit in hits if hit.excerpt and answers(hit, ask.routed.text)][:QUOTED]
    named = [hit for hit in hits if not hit.excerpt][:QUOTED]
    if not told and not named:
        answer.title = "I don't know"
        answer.text = UNKNOWN
        answer.suggestions = by_role(ask.reader)[:3]
        return answer
    lines = []
    for hit in told:
        mark = marked(answer, hit)
        page = f", page {hit.page}" if hit.page else ""
        lines.append(f"- “{best_of(hit, ask.routed.text)}” {mark}{page}")
    if lines:
        answer.text = "This is what I found that speaks of it:\n\n" + "\n".join(lines)
    else:
        answer.title = "I don't know"
        answer.text = (
            "I don't know the answer. Records with such a name: "
            + ", ".join(marked(answer, hit) for hit in named)
            + "."
        )
    return answer


def marked(answer: Answer, hit: Hit) -> str:
    title = f"{hit.title}: {hit.heading}" if hit.heading else hit.title
    return answer.source(f"{hit.kind}-{hit.ref}", title, hit.url)


def words_of(text: str) -> set[str]:
    found = set(re.findall(r"\w{3,}", folded(text))) - FILLERS
    return {word[:6] for word in found}


def answers(hit: Hit, question: str) -> bool:
    """Half of what the question asks for stands there; a meaning found alone is no answer."""
    asked = words_of(question)
    if not asked:
        return False
    there = words_of(f"{hit.title} {hit.heading} {hit.excerpt}")
    return len(asked & there) / len(asked) >= LEAST_SHARED


def best_of(hit: Hit, question: str) -> str:
    """The sentences around the one that shares most with the question."""
    asked = words_of(question)
    sentences = SENTENCE.split(" ".join(hit.excerpt.split()))
    best = max(range(len(sentences)), key=lambda at: (len(asked & words_of(sentences[at])), -at))
    text = " ".join(sentences[best : best + 2])
    plain = text.replace("[[", "[ [").replace("*", "").replace("`", "'")
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


Compute = Callable[[str], dict[str, Any]]


def written(ask: Ask, *, compute: Compute, before: Sequence[Turn] = ()) -> Answer:
    """By the provider, who looks things up as the person; else from what is found."""
    hits = search.find(reader=ask.reader, text=ask.routed.text, most=MOST_HITS)
    answer = Answer(title="")
    offered: dict[str, Hit] = {}

    def known(found: Sequence[Hit]) -> list[dict[str, Any]]:
        for hit in found:
            offered[f"{hit.kind}-{hit.ref}"] = hit
        return [
            {
                "mark": f"[[{hit.kind}-{hit.ref}]]",
                "title": hit.title,
                "heading": hit.heading,
                "text": hit.excerpt,
            }
            for hit in found
        ]

    def look_up(arguments: dict[str, Any]) -> Any:
        return known(search.find(reader=ask.reader, text=arguments["query"], most=MOST_HITS))

    text = {"type": "object", "properties": {"query": {"type": "string", "maxLength": 200}},
            "required": ["query"], "additionalProperties": False}  # fmt: skip
    tools = (
        Tool("search", "Documents and records that the person may read.", text, look_up),
        Tool(
            "ask_pages",
            "Computed answers of the product's own pages, asked in plain English: pipeline,"
            " deals at risk, forecast, quota, win rates, one account or deal, leads, health.",
            text,
            lambda arguments: compute(arguments["query"]),
        ),
    )
    question = f"{fenced('found', known(hits))}\n\nThe question: {ask.routed.text}"
    try:
        said = write(
            org=ask.org,
            by=ask.reader.user,
            purpose="chat",
            system=SYSTEM,
            turns=[*before, Turn("user", question)],
            at=ask.at,
            tools=tools,
        )
    except OfflineError as error:
        return offline(ask, notice=error.notice)
    answer.text = said.text
    for key, hit in offered.items():
        if f"[[{key}]]" in said.text:
            marked(answer, hit)
    if said.notice:
        answer.notes.append(said.notice)
    answer.notes.append("Written by a language model from what you may read. Check what matters.")
    return answer


def is_of_house(text: str) -> bool:
    """It holds words that the house knows: then the nearest questions are worth offering."""
    return bool(set(folded(text).split()) & known_words())
