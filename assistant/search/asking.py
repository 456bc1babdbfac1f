"""A question as it is searched for: its words and what each weighs, and what must stand there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from assistant.models import SearchIndex
from assistant.search.lexicon import Lexicon, lexicon_of

MOST_LETTERS = 1_000
MOST_TERMS = 24
ENOUGH_TEXTS = 20_000  # as many texts are scored at once for whoever sees them all
CORRECTED = 0.5
PHRASE = re.compile(r'"([^"]*)"|(?<!\S)-(?=[^\W\d_])(\S+)')

# A tsquery's words carry their index as the texts' do.
READ = """
    SELECT
        ARRAY(SELECT lexeme || ':' || cardinality(positions)
            FROM unnest(to_tsvector(%(config)s, %(words)s)) ORDER BY positions[1]),
        regexp_replace(
            array_to_string(ARRAY(
                SELECT '(' || q::text || ')' FROM (
                    SELECT phraseto_tsquery(%(config)s, phrase) AS q
                    FROM unnest(%(phrases)s::text[]) AS phrase
                    UNION ALL
                    SELECT !!plainto_tsquery(%(config)s, word)
                    FROM unnest(%(without)s::text[]) AS word
                ) parts WHERE numnode(q) > 0
            ), ' & '),
            '''(([^'']|'''')*)''', '''' || %(index)s || ':\\1''', 'g'
        )
"""


@dataclass(frozen=True)
class Question:
    """As PostgreSQL reads it: how often each word stands there, and what a text must have."""

    text: str
    counts: Mapping[str, float]
    must: str


@dataclass(frozen=True)
class Asked:
    """Of one group of texts. `rare`: words of which a text needs one to be found."""

    text: str
    group: str
    terms: Mapping[str, float]
    weights: Mapping[str, float]
    rare: tuple[str, ...]
    must: str
    average: float
    corrected: Mapping[str, str]

    @property
    def is_empty(self) -> bool:
        return not self.terms


def cleaned(text: str) -> str:
    return " ".join(text.replace("\0", " ").split())[:MOST_LETTERS]


def read(*, index: SearchIndex, text: str) -> Question:
    phrases, without = parts_of(text)
    values: dict[str, Any] = {
        "config": index.config,
        "words": PHRASE.sub(lambda found: f" {found.group(1) or ''} ", text),
        "phrases": phrases,
        "without": without,
        "index": index.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, values)
        found, must = cursor.fetchone()
    counts = {}
    for each in found[:MOST_TERMS]:
        term, _, count = each.rpartition(":")
        counts[term] = float(count)
    return Question(text, counts, must or "")


def ask(*, index: SearchIndex, question: Question, group: str) -> Asked:
    """Words weigh what they do among the texts of the group."""
    lexicon = lexicon_of(index, group)
    terms, corrected = corrected_terms(question.counts, lexicon)
    growth = max(1.0, index.text_count / max(1, index.fitted_on))
    return Asked(
        text=question.text,
        group=group,
        terms=terms,
        weights={
            term: lexicon.weight(term) * (CORRECTED if amount < 1 else 1)
            for term, amount in terms.items()
        },
        rare=rare_terms(terms, lexicon=lexicon, growth=growth),
        must=question.must,
        average=lexicon.average,
        corrected=corrected,
    )


def parts_of(text: str) -> tuple[list[str], list[str]]:
    """What stands in quotation marks must stand there so; what has a minus must not."""
    phrases: list[str] = []
    without: list[str] = []
    for phrase, word in PHRASE.findall(text):
        (without if word else phrases).append(word or phrase)
    return [phrase for phrase in phrases if phrase.strip()], without


def corrected_terms(
    counts: Mapping[str, float], lexicon: Lexicon
) -> tuple[dict[str, float], dict[str, str]]:
    """A word that stands nowhere also asks for those written like it."""
    terms = dict(counts)
    corrected: dict[str, str] = {}
    for term in counts:
        if lexicon.terms and term not in lexicon.place and len(term) > 3 and term.isalpha():
            for alike in lexicon.alike(term):
                if alike not in terms:
                    terms[alike] = CORRECTED
                    corrected.setdefault(term, alike)
    return terms, corrected


def rare_terms(terms: Mapping[str, float], *, lexicon: Lexicon, growth: float) -> tuple[str, ...]:
    """The rarest, as long as not too many texts hold them: what stands everywhere tells little."""
    chosen: list[str] = []
    held = 0.0
    for term in sorted(terms, key=lambda each: (lexicon.texts_with(each), each)):
        held += lexicon.texts_with(term) * growth
        if chosen and held > ENOUGH_TEXTS:
            break
        chosen.append(term)
    return tuple(chosen)


def marked(term: str, *, index: SearchIndex) -> str:
    """One word of an index as a tsquery."""
    quoted = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{index.pk}:{quoted}'"
