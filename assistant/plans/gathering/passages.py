"""What the house has written down about it: looked for, read again as the reader, and quoted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.claims.numerals import listed
from assistant.models import Passage
from assistant.plans.gathering.known import Known, Quoted
from assistant.plans.wording import plain
from assistant.search import AccountOrDeal, Hit, find
from revenue.users.models import Membership

MOST_FOUND = 4
LEAST, LONGEST, TOGETHER = 30, 230, 270
SENTENCE = re.compile(r"(?<=[.!?])\s+")
WORD = re.compile(r"[^\W\d_][\w-]+")
# What begins like this leans on a sentence before it.
HANGS = re.compile(r"(?:It|This|That|These|Those|They|He|She|Then|Both|\w+ of (?:these|them))\b")
BULLET = re.compile(r"^[•\-*–]\s*")
COMMON = frozenset(
    listed(
        "the and for with that this from have has had are was were will would can could not but"
        " you your our their they them its his her who what when which where how why all any each"
        " one into over about more most than then there here also only just been being does did"
    )
)
LEAST_SHARED = 2


@dataclass(frozen=True)
class Ask:
    """`must`: one of these stands in it; `under`: a heading that says it best."""

    text: str
    must: Sequence[str] = ()
    under: str = ""
    kinds: Sequence[str] = ()  # of documents, where not any will do


@dataclass(frozen=True)
class Block:
    heading: str
    sentences: Sequence[str]


def look_up(
    known: Known, asked: Mapping[str, Ask], *, reader: Membership, about: AccountOrDeal
) -> None:
    """Each question once; a sentence is quoted in the first place that it fits."""
    hits: dict[str, list[Hit]] = {}
    for ask in asked.values():
        if ask.text.strip() and ask.text not in hits:
            hits[ask.text] = find(
                reader=reader, text=ask.text, kinds=("passage",), most=MOST_FOUND, about=about
            )
    refs = {hit.ref for found in hits.values() for hit in found}
    rows = Passage.objects.visible_to(reader).filter(pk__in=refs).with_document() if refs else ()
    passages = {row.pk: row for row in rows}
    used: set[str] = set()
    for name, ask in asked.items():
        for hit in hits.get(ask.text, ()):
            row = passages.get(hit.ref)
            found = quoted_from(known, row, ask=ask, used=used) if row else None
            if found:
                used.update(SENTENCE.split(found.text))
                known.quoted[name] = [found]
                break


def quoted_from(known: Known, row: Passage, *, ask: Ask, used: set[str]) -> Quoted | None:
    document = row.version.document
    if ask.kinds and document.kind not in ask.kinds:
        return None
    named = [each for each in ask.must if each]
    about = f"{row.path} {row.text}"
    if named and not any(has_word(about, each) for each in named):
        return None
    text = best_of(row, ask=ask, used=used)
    if not text:
        return None
    key = known.source(
        f"passage:{row.pk}",
        f"{document.title}, {row.place}",
        row.get_absolute_url(),
        text=about,
        names=(document.title,),
    )
    return Quoted(key, text, document.title, row.place, document.kind)


def best_of(row: Passage, *, ask: Ask, used: set[str]) -> str:
    """The sentence that shares most with what was asked for, and the next where both are short."""
    wanted = words(ask.text)
    best, most = "", 0.0
    named = any(has_word(row.path, each) for each in ask.must)
    for block in blocks_of(row.text):
        under = bool(ask.under) and ask.under in block.heading.lower()
        for place, said in enumerate(block.sentences):
            if said in used or not LEAST <= len(said) <= LONGEST:
                continue
            text = with_next(block.sentences, place, used=used)
            about = named or has_any(f"{block.heading} {said}", ask.must)
            shared = len(words(f"{block.heading} {said}") & wanted) + 3 * under + 2 * about
            shared -= bool(HANGS.match(said))
            value = shared + 0.5 * any(letter.isdigit() for letter in text) - 0.01 * place
            if shared >= LEAST_SHARED and (about or not ask.must) and value > most:
                best, most = text, value
    return best


def with_next(sentences: Sequence[str], place: int, *, used: set[str]) -> str:
    said = sentences[place]
    further = sentences[place + 1] if place + 1 < len(sentences) else ""
    together = f"{said} {further}".strip()
    return together if len(together) <= TOGETHER and further not in used else said


def blocks_of(text: str) -> Iterator[Block]:
    """Short lines without an end stand above what they are about."""
    heading = ""
    for part in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if len(lines) == 1 and len(lines[0]) < 60 and lines[0][-1] not in ".!?:":
            heading = lines[0]
            continue
        if any("|" in line for line in lines):
            continue
        if all(BULLET.match(line) for line in lines):
            said = [said_plainly(BULLET.sub("", line)) for line in lines]
            for each in said:
                yield Block(heading, [each])
            continue
        yield Block(heading, [said_plainly(each) for each in SENTENCE.split(" ".join(lines))])


def said_plainly(sentence: str) -> str:
    return plain(sentence).strip("\"“”' ")


def words(text: str) -> set[str]:
    return {each.lower() for each in WORD.findall(text)} - COMMON


def has_any(text: str, names: Sequence[str]) -> bool:
    return any(has_word(text, each) for each in names)


def has_word(text: str, word: str) -> bool:
    return bool(word) and bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))
