"""`manage.py evaluate search`: how good the search is, beside what it is made of."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from assistant.knowledge.demo.judged import judged_in
from assistant.models import SearchIndex
from assistant.search import indexing
from assistant.search.fusing import DAMPING, MEANING, WEIGHTS, WORDS
from assistant.search.hits import PASSAGE
from assistant.search.judging.lists import BM25, HYBRID, PlainBM25, answers_of
from assistant.search.judging.measures import MEASURES, between
from assistant.search.judging.sets import Folder, Judged
from assistant.search.live import live_index
from revenue.ml.tasks import LearningError, Said, Tell
from revenue.users.models import Org

METHODS = (HYBRID, WORDS, MEANING, BM25)
INSERT = """
    INSERT INTO assistant_searchtext
        (org_id, index_id, kind, record_id, title, context, body, words, size, digest)
    SELECT %(org)s, %(index)s, 'passage', given.number, given.title, '', given.body,
        w.words, assistant_size(w.words), md5(given.title || given.body)::uuid
    FROM unnest(%(numbers)s::bigint[], %(titles)s::text[], %(bodies)s::text[])
        AS given (number, title, body)
    CROSS JOIN LATERAL (
        SELECT assistant_words(%(index)s, %(config)s, given.title, '', given.body) AS words OFFSET 0
    ) w
"""
AT_ONCE = 2_000


class Undone(Exception):  # noqa: N818
    """What was made to be judged leaves nothing behind."""


def evaluated(options: Mapping[str, Any], tell: Tell) -> Said:
    """Of an org's documents with `--org`, of somebody's folder with `--folder`."""
    org = None
    if options["org"]:
        org = Org.objects.filter(slug=options["org"]).first()
        if org is None:
            raise LearningError(
                f"There is no org {options['org']}: manage.py create_org makes one."
            )
    if options["folder"]:
        return judge_folder(Folder(Path(options["folder"])), org=org, tell=tell)
    if org is None:
        raise LearningError("Say what to judge: --org ORG for its documents, or --folder PATH.")
    return judge_org(org, tell=tell)


def judge_org(org: Org, *, tell: Tell) -> Said:
    index = live_index(org)
    if index is None:
        raise LearningError(
            f"The texts of {org.slug} are not indexed yet. Wait for the job, or start it "
            "on the page of the search's settings."
        )
    questions = [
        Judged(question.text, {str(pk): grade for pk, grade in grades.items()})
        for question, grades in judged_in(org)
        if grades
    ]
    if not questions:
        raise LearningError(
            f"{org.slug} has none of the documents that the judged questions are about: "
            "manage.py seed_demo brings them, or give --folder PATH."
        )
    tell(f"Asking {len(questions)} questions …")
    # The others chose how words and lists are weighed: docs/search.md.
    held_out = questions[1::2]
    data = {
        "set": org.slug,
        **facts_of(index),
        "questions": len(questions),
        "held_out": figures(index, held_out),
        "all": figures(index, questions),
    }
    return Said(data, in_words(data, data["held_out"]))


def judge_folder(folder: Folder, *, org: Org | None, tell: Tell) -> Said:
    """Indexed as an org's documents are, in a transaction that is undone."""
    questions = folder.questions()
    data: dict[str, Any] = {}
    try:
        with transaction.atomic():
            index, names = index_of(folder, org=org, tell=tell)
            tell(f"Asking {len(questions)} questions …")
            numbered = [
                Judged(each.text, {str(names[k]): g for k, g in each.grades.items() if k in names})
                for each in questions
            ]
            data |= {"set": folder.path.name, **facts_of(index), "questions": len(numbered)}
            # None of these questions chose anything.
            data["held_out"] = figures(index, numbered)
            raise Undone
    except Undone:
        return Said(data, in_words(data, data["held_out"]))


def index_of(folder: Folder, *, org: Org | None, tell: Tell) -> tuple[SearchIndex, dict[str, int]]:
    org = org or Org.objects.create(slug="search-judged", name="Search, judged")
    index = indexing.begin(org=org, at=timezone.now())
    names: dict[str, int] = {}
    held: list[tuple[int, str, str]] = []
    tell("Reading the corpus …")
    for key, title, body in folder.corpus():
        names[key] = len(names) + 1
        held.append((names[key], clean(title), clean(body)))
        if len(held) >= AT_ONCE:
            insert(index, held)
            held = []
    insert(index, held)
    if not names:
        raise LearningError(f"{folder.path / 'corpus.jsonl'} holds no text.")
    tell(f"Learning from {len(names):,} texts …")
    indexing.learn(index)
    indexing.embed_pending(index)
    index.text_count = len(names)
    return index, names


def clean(text: str) -> str:
    return text.replace("\0", " ")


def insert(index: SearchIndex, texts: Sequence[tuple[int, str, str]]) -> None:
    if not texts:
        return
    numbers, titles, bodies = zip(*texts, strict=True)
    values: dict[str, Any] = {
        "org": index.org_id,
        "index": index.pk,
        "config": index.config,
        "numbers": list(numbers),
        "titles": list(titles),
        "bodies": list(bodies),
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)


def facts_of(index: SearchIndex) -> dict[str, Any]:
    return {
        "embedder": index.name_of_embedder,
        "dimensions": index.dimensions,
        "texts": index.texts.filter(kind=PASSAGE).count(),
        "weights": {WORDS: WEIGHTS[WORDS], MEANING: WEIGHTS[MEANING], "damping": DAMPING},
        "notice": index.notice,
    }


def figures(index: SearchIndex, questions: Sequence[Judged]) -> dict[str, Any]:
    plain = PlainBM25(index)
    scores: dict[str, dict[str, list[float]]] = {
        method: {measure: [] for measure in MEASURES} for method in METHODS
    }
    for question in questions:
        answers = answers_of(index, text=question.text, plain=plain)
        for method in METHODS:
            found = [str(pk) for _, pk in answers[method]]
            for measure, score in MEASURES.items():
                scores[method][measure].append(score(found, question.grades))
    metrics = {method: told(scores[method]) for method in METHODS}
    return {
        "n": len(questions),
        "metrics": metrics[HYBRID],
        "baselines": {method: metrics[method] for method in METHODS[1:]},
    }


def told(scores: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for measure, values in scores.items():
        found[measure] = round(sum(values) / len(values), 4) if values else None
        found[f"{measure}_95"] = between(values) if values else None
    return found


def in_words(data: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    head = f"{data['set']}: {part['n']} questions that chose nothing, {data['texts']:,} texts"
    lines = [f"{head}, {data['embedder'].lower()}."]
    for method, found in {HYBRID: part["metrics"], **part["baselines"]}.items():
        measures = ", ".join(
            f"{measure} {found[measure]:.3f} ({found[measure + '_95'][0]:.3f} to "
            f"{found[measure + '_95'][1]:.3f})"
            for measure in MEASURES
            if found[measure] is not None
        )
        lines.append(f"{method}: {measures}")
    return "\n".join([*lines, data["notice"]]).strip()
