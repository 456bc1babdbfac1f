"""What turns a text into a vector, behind one interface."""

from assistant.models import Embedder, SearchIndex
from assistant.search.embedders.asked import BATCH, Embedding, EmbeddingError
from assistant.search.embedders.builtin import BuiltIn
from assistant.search.embedders.endpoint import Endpoint
from assistant.search.embedders.local import Local

__all__ = ["BATCH", "Embedding", "EmbeddingError", "embedding_of"]


def embedding_of(index: SearchIndex) -> Embedding:
    """As the index was, or is to be, built."""
    match index.embedder:
        case Embedder.LOCAL:
            return Local(index.model)
        case Embedder.ENDPOINT:
            return Endpoint(base_url=index.base_url, model=index.model, key=index.read_key())
        case _:
            return BuiltIn(index)
