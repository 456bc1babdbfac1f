"""A model on this machine, by name or by folder, where a package that runs it is installed."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assistant.models import SearchText
from assistant.search.asking import Asked
from assistant.search.embedders.asked import EmbeddingError, as_vectors
from assistant.search.vectors import Vectors

SENTENCES, FAST = "sentence_transformers", "fastembed"
LETTERS = 4_000
AT_ONCE = 32
LOADING = threading.Lock()


@dataclass(frozen=True)
class Local:
    model: str
    is_far = False

    def of_texts(self, ids: Sequence[int], *, group: str) -> tuple[Sequence[int], Vectors]:  # noqa: ARG002
        rows = texts_of(ids)
        return [pk for pk, _ in rows], self.of([text for _, text in rows])

    def of_query(self, asked: Asked) -> Vectors | None:
        found: Vectors = self.of([asked.text])[0]
        return found

    def of(self, texts: Sequence[str]) -> Vectors:
        who = f"The model {self.model}"
        run = loaded(self.model)
        try:
            found = run(list(texts))
        except Exception as error:
            raise EmbeddingError(f"{who} failed: {type(error).__name__}. Try another.") from error
        return as_vectors(found, count=len(texts), who=who)


def texts_of(ids: Sequence[int]) -> list[tuple[int, str]]:
    """As a model reads them: the title, what it belongs to, the text."""
    rows = SearchText.objects.filter(pk__in=ids).order_by("pk")
    return [
        (pk, "\n".join(part for part in parts if part)[:LETTERS] or "-")
        for pk, *parts in rows.values_list("pk", "title", "context", "body")
    ]


@lru_cache(maxsize=2)
def loaded(model: str) -> Any:
    """Takes seconds and hundreds of megabytes, once a process."""
    packages = [name for name in order(model) if find_spec(name) is not None]
    if not packages:
        raise EmbeddingError(
            "To run a model on this machine, install fastembed or sentence-transformers (for the "
            "web and the workers alike) and index again."
        )
    with LOADING:
        try:
            return LOADERS[packages[0]](model)
        except Exception as error:
            raise EmbeddingError(
                f"{packages[0]} could not load {model}: {type(error).__name__}. Give a model that "
                "it knows, or the folder in which one lies."
            ) from error


def order(model: str) -> tuple[str, str]:
    """A folder as sentence-transformers writes it is best read by what wrote it."""
    written_by_it = (Path(model) / "modules.json").is_file()
    return (SENTENCES, FAST) if written_by_it else (FAST, SENTENCES)


def with_sentences(model: str) -> Any:
    runner = import_module(SENTENCES).SentenceTransformer(model, trust_remote_code=False)
    return lambda texts: runner.encode(texts, batch_size=AT_ONCE, show_progress_bar=False)


def with_fastembed(model: str) -> Any:
    package = import_module(FAST)
    if Path(model).is_dir():
        runner = package.TextEmbedding(model_name=name_in(model), specific_model_path=model)
    else:
        runner = package.TextEmbedding(model_name=model)
    return lambda texts: list(runner.embed(texts, batch_size=AT_ONCE))


def name_in(folder: str) -> str:
    """fastembed asks for the name of a model that it knows even where a folder is given."""
    known = import_module(FAST).TextEmbedding.list_supported_models()
    names = [str(each["model"]) for each in known]
    last = Path(folder).name.lower()
    return next((name for name in names if name.split("/")[-1].lower() == last), names[0])


LOADERS = {SENTENCES: with_sentences, FAST: with_fastembed}
