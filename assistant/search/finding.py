"""What a reader may see of the texts that answer a question."""

from collections.abc import Collection

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector
from django.urls import reverse

from accounts import search as names
from assistant.models import Passage
from assistant.search.hits import KINDS, PASSAGE, AccountOrDeal, Hit
from revenue.users.models import Membership


def find(
    *,
    reader: Membership,
    text: str,
    kinds: Collection[str] | None = None,
    most: int = 10,
    about: AccountOrDeal | None = None,
) -> list[Hit]:
    """Up to `most`, the best first; of an account or a deal, records of it and any passage."""
    asked = text.replace("\0", " ").strip()[: names.MAX_TEXT]
    wanted = set(KINDS if kinds is None else kinds)
    if not asked or most < 1:
        return []
    passages = of_passages(reader=reader, text=asked, most=most) if PASSAGE in wanted else []
    return [*of_names(reader=reader, text=asked, kinds=wanted, most=most), *passages][:most]


def of_names(*, reader: Membership, text: str, kinds: Collection[str], most: int) -> list[Hit]:
    found = names.search(
        reader=reader,
        text=text,
        kinds=[kind for kind in names.Kind if str(kind) in kinds],
        most=most,
    )
    return [
        Hit(
            kind=str(each.kind),
            ref=row.pk,
            title=str(row),
            excerpt="",
            url=reverse(f"accounts:{each.kind}-show", args=[reader.org.slug, row.pk]),
            found_by=("name",),
        )
        for each in found
        for row in each.rows
    ]


def of_passages(*, reader: Membership, text: str, most: int) -> list[Hit]:
    words = SearchVector("text", config="english")
    query = SearchQuery(text, config="english", search_type="websearch")
    rows = Passage.objects.visible_to(reader).with_document().annotate(words=words)
    ranked = rows.filter(words=query).annotate(rank=SearchRank(words, query))
    return [
        Hit(
            kind=PASSAGE,
            ref=row.pk,
            title=str(row.version.document),
            excerpt=row.text[:300],
            url=row.get_absolute_url(),
            page=row.page,
            score=row.rank,
            heading=row.path,
            found_by=("words",),
        )
        for row in ranked.order_by("-rank", "id")[:most]
    ]
