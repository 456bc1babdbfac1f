"""Vectors from a service that speaks as OpenAI's embeddings do, also one in the own network."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import requests
import urllib3

from assistant.search.asking import Asked
from assistant.search.embedders.asked import EmbeddingError, as_vectors
from assistant.search.embedders.local import texts_of
from assistant.search.vectors import Vectors
from assistant.writers.addresses import reached
from assistant.writers.faults import ProviderError
from assistant.writers.openai import Pinned
from assistant.writers.patience import Patience

WHO = "The embedding service"
AT_ONCE = 64
MOST_BYTES = 40_000_000
QUERY_S, TEXTS_S = 2.5, 60.0
LATE = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)
CUT = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError)


@dataclass(frozen=True)
class Endpoint:
    base_url: str
    model: str
    key: str
    is_far = True

    def of_texts(self, ids: Sequence[int], *, group: str) -> tuple[Sequence[int], Vectors]:  # noqa: ARG002
        rows = texts_of(ids)
        found = [
            self.of([text for _, text in rows[at : at + AT_ONCE]], total_s=TEXTS_S)
            for at in range(0, len(rows), AT_ONCE)
        ]
        if len({each.shape[1] for each in found}) > 1:
            raise EmbeddingError(f"{WHO} gave vectors of different sizes for one model.")
        return [pk for pk, _ in rows], np.concatenate(found)

    def of_query(self, asked: Asked) -> Vectors | None:
        found: Vectors = self.of([asked.text], total_s=QUERY_S)[0]
        return found

    def of(self, texts: Sequence[str], *, total_s: float) -> Vectors:
        patience = Patience(quiet_s=total_s, total_s=total_s)
        try:
            data = patience.tried(
                lambda: self._answer(list(texts), patience=patience), may_repeat=lambda: True
            )
        except ProviderError as fault:
            raise EmbeddingError(
                f"{WHO} gave no vectors ({fault.detail or fault.words}). Check its address, model "
                "and key, then index again."
            ) from None
        return as_vectors(vectors_in(data, count=len(texts)), count=len(texts), who=WHO)

    def _answer(self, texts: list[str], *, patience: Patience) -> Any:
        base = self.base_url.rstrip("/")
        place = reached(base if base.endswith("/embeddings") else f"{base}/embeddings")
        headers = {"Accept-Encoding": "identity", "Host": urlsplit(place.url).netloc}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        with requests.Session() as session:
            session.mount(f"{urlsplit(place.url).scheme}://", Pinned(place))
            try:
                with closing(
                    session.post(
                        place.url,
                        json={"model": self.model, "input": texts},
                        headers=headers,
                        auth=unsigned,
                        stream=True,
                        allow_redirects=False,
                        timeout=(patience.connect_s, patience.read_s),
                    )
                ) as answer:
                    return self._read(answer, patience=patience)
            except LATE:
                raise ProviderError("", "it took too long", is_passing=True) from None
            except CUT:
                raise ProviderError("", "it could not be reached", is_passing=True) from None

    def _read(self, answer: requests.Response, *, patience: Patience) -> Any:
        if answer.status_code != requests.codes.ok:
            passing = answer.status_code in (408, 409, 429) or answer.status_code >= 500
            raise ProviderError(
                "",
                f"HTTP {answer.status_code}",
                is_passing=passing,
                retry_after=answer.headers.get("Retry-After", ""),
            )
        held = bytearray()
        for chunk in answer.iter_content(65_536):
            patience.check()
            held += chunk
            if len(held) > MOST_BYTES:
                raise ProviderError("", "its answer had no end")
        try:
            return json.loads(held)
        except (ValueError, RecursionError):
            raise ProviderError("", "its answer was no JSON") from None


def unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No name and password of this machine's own files go along."""
    return request


def vectors_in(data: Any, *, count: int) -> list[Any]:
    """By their number: a server may give them in any order."""
    rows = data.get("data") if isinstance(data, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        raise EmbeddingError(f"{WHO} did not give one vector for each of {count} texts.")
    placed: dict[int, Any] = {}
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            raise EmbeddingError(f"{WHO} gave something that is no list of vectors.")
        number = row.get("index", at)
        placed[number if isinstance(number, int) else at] = row.get("embedding")
    if set(placed) != set(range(count)):
        raise EmbeddingError(f"{WHO} did not give one vector for each of {count} texts.")
    return [placed[at] for at in range(count)]
