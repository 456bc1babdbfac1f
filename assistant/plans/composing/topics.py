"""What a remark of a customer is about, and how one answers such a remark."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from assistant.plans.gathering.known import Known, Said

RECENT = timedelta(days=150)


@dataclass(frozen=True)
class Topic:
    """`answer` is said in the call, `risk` is what becomes of it unanswered."""

    name: str
    label: str
    pattern: "re.Pattern[str]"
    answer: tuple[str, ...]
    risk: str
    remedy: str
    question: str
    settled: str
    looks_for: str
    must: tuple[str, ...] = ()


def topic(name: str, label: str, words: str, **said: "str | tuple[str, ...]") -> Topic:
    return Topic(name, label, re.compile(words, re.IGNORECASE), **said)  # type: ignore[arg-type]


TOPICS = (
    topic(
        "sponsor", "the sponsor who left",
        r"\b(?:has left|who takes over|new owner|sponsored this)\b",
        answer=(
            ("Do not pitch. Find out who inherited the project and what that person has to show"
            " this year"),
        ),
        risk="Without a sponsor the project has no owner inside and stops at the first obstacle",
        remedy="Get the successor named, and sell the reason for buying anew before the product",
        question="who owns this project now, and what does that person need from it?",
        settled="The new owner of the project has said in a call what it has to bring.",
        looks_for="contact leaves the company call the successor",
        must=("successor",),
    ),
    topic(
        "timing", "the postponement",
        r"\b(?:postpone|frozen|need more time|come back to me after|other projects go first"
        r"|no news from the committee|no need before|next year|keep the present system)\b",
        answer=(
            ("Take the delay seriously and make it cost something: put a figure on each month"
            " without a change, in their words, and offer a first step that fits today's budget"),
            ("Separate “not now” from “not you”: agree on what must be true for it to go ahead,"
            " and on the day when you both look again"),
        ),
        risk="A project that is put off without a date tends not to come back",
        remedy="Offer a smaller first step that needs no new budget, with the date of the larger"
        " one written into it",
        question="what has to happen on your side for this to go ahead, and who says so?",
        settled="They have named the month in which they decide, and what it depends on.",
        looks_for="what happens if nothing changes by the end of the year write the answer down",
        must=("nothing",),
    ),
    topic(
        "price", "the price",
        r"\b(?:price|pricing|budget|costs? too|expensive|discount|cheaper|savings)\b",
        answer=(
            ("Do not open with a discount. Go through the value first, then trade: less scope for"
            " less money, or a longer term"),
            ("Take the price apart with them: what is needed in the first year, what can wait, and"
            " what it costs them to go on as they are"),
        ),
        risk="The price becomes the only thing that is talked about, and the deal shrinks or goes",
        remedy="Bring the business case, and an offer in steps; give nothing away without"
        " something in return",
        question="which budget is this paid from, and what must it bring back by when?",
        settled="The price was talked about once, with the value beside it and no discount.",
        looks_for="discount price trade it for a longer contract reference signature",
        must=("discount", "discounts", "price"),
    ),
    topic(
        "service", "how we have served them",
        r"\b(?:third contact person|heard nothing|approval process|still has not come"
        r"|slow answers|from zero each time|complains)\b",
        answer=(
            ("Begin with an apology and a fact: what was asked, who answers it, by which day. Sell"
            " only after that"),
        ),
        risk="They judge the product by the way we answer, and draw the conclusion",
        remedy="Name one person who is responsible until signature, and answer every open question"
        " in writing before the next meeting",
        question="what is still unanswered from our side, and what would put it right?",
        settled="Each question that was open with us has an answer in writing.",
        looks_for="answer within one working day open critical case call begins with the case",
        must=("answer", "case"),
    ),
    topic(
        "technical", "a technical doubt",
        r"\b(?:migration|security questions|concerns|premises|certificat|export|rights per site"
        r"|integration|cannot do that|interface|missed the)\b",
        answer=(
            ("Bring the person who can answer it, not a promise: show the exact case with their"
            " own data and leave the answer in writing"),
            ("Turn the doubt into a list with an owner and a date for each line, and go through"
            " it with their IT"),
        ),
        risk="IT says no after everybody else has said yes",
        remedy="Book a technical session with their IT and ours, and close each point in writing",
        question="who in IT must be satisfied, and with what evidence?",
        settled="The list of technical questions has an owner and a day for each line.",
        looks_for="technical workshop IT and business own data list of systems",
        must=("workshop", "IT"),
    ),
    topic(
        "process", "who decides",
        r"\b(?:committee|procurement|board|legal|decision goes through|line by line"
        r"|no decision maker)\b",
        answer=(
            ("Ask to be taken through their way to a signature, step by step, and offer material"
            " made for each person on it"),
        ),
        risk="The decision is taken in a room that we have never been in",
        remedy="Write down every step to the signature with a name and a date, and have it"
        " confirmed by the customer",
        question="which steps are left to a signature, and who can stop it at each of them?",
        settled="The way to a signature is written down with names, and they have confirmed it.",
        looks_for="legal procurement compare line by line weights contract form",
        must=("procurement",),
    ),
    topic(
        "size", "whether it is too large for them",
        r"\b(?:too large for|content with what they have|no need|few users)\b",
        answer=(
            ("Start smaller than you would like: one team, one result, and a date to decide about"
            " the rest"),
        ),
        risk="They agree politely and buy nothing",
        remedy="Cut the first offer to what one team needs, with the next step priced beside it",
        question="if you could change one thing this quarter with the smallest effort, what"
        " would it be?",
        settled="They have agreed to a first step that is small enough to say yes to.",
        looks_for="pilot written criteria what would count as success",
        must=("pilot",),
    ),
)  # fmt: skip
GOOD = re.compile(
    r"\b(?:liked|approved|backs the plan|pays for itself|can sign|in favour|good energy|add"
    r" .{2,30} to the offer|save .{2,20} a week|targets met|reference|introducing|fine for us"
    r"|asks how|wants a price|more licences|thinks about)\b",
    re.IGNORECASE,
)
NEED = re.compile(
    r"\b(?:wants?|needs?|goal|must[- ]haves?|replace|spreadsheets?|month end|asked for|asks for"
    r"|asks how|scope|question was|keep their figures|instead of|requirements?|one view"
    r"|would fit|room for|pilot of|audit finding)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Concern:
    topic: Topic
    said: Said


def concerns_of(known: Known) -> list[Concern]:
    """What the customer holds against it, newest first, each thing once."""
    found: dict[str, Concern] = {}
    for said in recent(known):
        if not said.text or (said.kind == "email" and not said.is_incoming):
            continue
        if said.kind == "task" or GOOD.search(said.text):
            continue
        for each in TOPICS:
            if each.name not in found and each.pattern.search(said.text):
                found[each.name] = Concern(each, said)
                break
    return list(found.values())


def good_signs_of(known: Known) -> list[Said]:
    return [
        said
        for said in recent(known)
        if GOOD.search(said.text) and (said.is_incoming or said.kind in ("call", "meeting"))
    ]


def needs_of(known: Known, *, without: Collection[str]) -> list[Said]:
    """What they said they want, the newest first; each sentence once."""
    found: dict[str, Said] = {}
    for said in known.said:
        heard = said.is_incoming or said.kind in ("call", "meeting")
        if heard and said.key not in without and NEED.search(said.text):
            found.setdefault(said.text, said)
    return list(found.values())


def recent(known: Known) -> list[Said]:
    return [said for said in known.said if known.today - said.on <= RECENT]
