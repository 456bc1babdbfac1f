"""What the house has written down about it: looked for, read again as the reader, and quoted."""

import re
from collections.abc import Mapping, Sequence

from assistant.models import Passage
from assistant.plans.gathering.known import Known, Quoted
from assistant.plans.wording import plain
from assistant.search import AccountOrDeal, find
from revenue.users.models import Membership

MOST_FOUND = 4
LONGEST = 240
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
WORD = re.compile(r"[^\W\d_][\w-]+")
COMMON = frozenset(
    "the and for with that this from have has had are was were will would can could not but you"
    " your our their they them its his her who what when which where how why all any each one"
    " into over about more most than then there here also only just been being does did".split()  # noqa: SIM905
)
LEAST_SHARED = 2


def look_up(
    known: Known,
    asked: Mapping[str, tuple[str, Sequence[str]]],
    *,
    reader: Membership,
    about: AccountOrDeal,
) -> None:
    """`asked`: by what it is for, the words to look for and those of which one must be in it."""
    hits = {
        name: find(reader=reader, text=text, kinds=("passage",), most=MOST_FOUND, about=about)
        for name, (text, _) in asked.items()
        if text.strip()
    }
    refs = {hit.ref for found in hits.values() for hit in found}
    rows = Passage.objects.visible_to(reader).filter(pk__in=refs).with_document() if refs else ()
    passages = {row.pk: row for row in rows}
    for name, found in hits.items():
        text, must = asked[name]
        quoted = [
            one
            for hit in found
            if (row := passages.get(hit.ref))
            and (one := quoted_from(known, row, text=text, must=must))
        ]
        known.quoted[name] = quoted


def quoted_from(known: Known, row: Passage, *, text: str, must: Sequence[str]) -> Quoted | None:
    named = [each for each in must if each]
    if named and not any(has_word(row.text, each) for each in named):
        return None
    sentence = best_sentence(row.text, asked=text, must=named)
    if not sentence:
        return None
    document = row.version.document
    key = known.source(
        f"passage:{row.pk}",
        f"{document.title}, {row.place}",
        row.get_absolute_url(),
        text=f"{row.path} {row.text}",
        names=(document.title,),
    )
    return Quoted(key, sentence, document.title, row.place)


def best_sentence(text: str, *, asked: str, must: Sequence[str]) -> str:
    """The one that shares most with what was asked for; nothing where none shares enough."""
    wanted = words(asked)
    best, most = "", 0.0
    for sentence in SENTENCE.split(text):
        said = plain(sentence)
        if not 30 <= len(said) <= LONGEST:
            continue
        shared = len(words(said) & wanted)
        shared += LEAST_SHARED * any(has_word(said, each) for each in must)
        value = shared + 0.1 * (said.endswith("."))
        if shared >= LEAST_SHARED and value > most:
            best, most = said, value
    return best


def words(text: str) -> set[str]:
    return {each.lower() for each in WORD.findall(text)} - COMMON


def has_word(text: str, word: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))
