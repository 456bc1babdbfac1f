"""What finds: how an org's texts are read, and an index of what it has at that moment."""

from datetime import datetime
from typing import Any

from assistant.models import SearchIndex, SearchPolicy
from assistant.search import indexing
from assistant.search.sources import SOURCES
from assistant.search.texts import take_over_some
from revenue.users.models import Org
from tests.factories.facts import NOON


def a_search_policy(*, org: Org, key: str = "", **values: Any) -> SearchPolicy:
    policy = SearchPolicy(org=org, **values)
    policy.write_key(key)
    policy.save()
    return policy


def an_index(*, org: Org, at: datetime = NOON) -> SearchIndex:
    """Of everything that is there, as the job makes it."""
    index = indexing.begin(org=org, at=at)
    for source in SOURCES.values():
        take_over_some(index, source, as_of=at, after=0, most=1_000_000)
    indexing.learn(index)
    indexing.take_over(index, as_of=at)
    indexing.embed_pending(index)
    indexing.switch(index, at=at)
    return index
