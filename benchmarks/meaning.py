"""Search by words and meaning over 100,000 notes, for a seller who sees 1 % of them, against two
plain ways: fetch what one sees and compare it in Python, or take the nearest and then filter.
"""

from typing import Any

import numpy as np
from django.db import connection

from benchmarks.stage import report, seconds, stage

NOTES, SELLERS = 100_000, 100
FILL = """
    INSERT INTO accounts_activity (
        org_id, external_id, kind, subject, description, owner_ref, happens_at, status, priority,
        is_done, extra, synced_at
    )
    SELECT %(org)s, '00T' || lpad(n::text, 15, '0'), 'call',
        (ARRAY['Call','Visit','Follow-up','Review','Demo'])[1 + n %% 5] || ' ' || n %% 997,
        (SELECT string_agg(
            (ARRAY['price','discount','budget','audit','security','privacy','training','team',
                'project','plan','server','cloud','support','ticket','contract','renewal',
                'delivery','order','stock','invoice'])[
                1 + ((n * 7) %% 10) * 2 + (hashint8(n * 31 + w) & 1)
            ] || ' ' || 'w' || (hashint8(n * 17 + w) & 1023), ' ')
         FROM generate_series(1, 8) AS w),
        'U' || n %% %(sellers)s, now() - n * interval '10 seconds', '', '', true, '{}', now()
    FROM generate_series(1, %(notes)s) AS n
"""
ASKED = (
    "discount on the price",
    "security audit",
    "training of the team",
    "late delivery of stock",
)


def main() -> None:
    with stage():
        measure()


def measure() -> None:  # noqa: PLR0915  one story, told once
    # Models can be imported only once Django is set up.
    from django.utils import timezone

    from accounts.models import Activity, CrmUser
    from assistant.models import SearchText
    from assistant.search import find, indexing
    from assistant.search.asking import ask, read
    from assistant.search.finding import vector_of
    from assistant.search.hits import GROUPS, RECORDS
    from assistant.search.ranking import Scope, meaning_of_all, rank, values_of
    from assistant.search.sources import SOURCES
    from assistant.search.texts import take_over_some
    from revenue.users.models import Membership, Org, User
    from revenue.users.roles import Role

    at = timezone.now()
    org = Org.objects.create(slug="bench", name="Bench")
    rep, boss = (
        Membership.objects.create(
            org=org,
            user=User.objects.create_user(f"{role}@example.com", None, full_name=role),
            role=role,
        )
        for role in (Role.REP, Role.EXECUTIVE)
    )
    CrmUser.objects.create(org=org, external_id="U7", name="Rep", membership=rep, synced_at=at)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"org": org.pk, "notes": NOTES, "sellers": SELLERS})
        cursor.execute("ANALYZE accounts_activity")

    def build() -> Any:
        index = indexing.begin(org=org, at=at)
        after: int | None = 0
        while after is not None:
            after = take_over_some(index, SOURCES["activity"], as_of=at, after=after, most=5_000)
        indexing.learn(index)
        indexing.embed_pending(index)
        indexing.switch(index, at=at)
        return index

    built: list[Any] = []
    build_s = seconds(lambda: built.append(build()), times=1)
    index = built[0]
    scope = Scope(rep, GROUPS[RECORDS])
    asked = [
        ask(index=index, question=read(index=index, text=text), group=RECORDS) for text in ASKED
    ]
    vectors = [vector_of(index=index, asked=each) for each in asked]

    def ours() -> list[set[int]]:
        return [
            {
                place.record_id
                for place in rank(index=index, asked=each, vector=vector, scope=scope).meaning[:10]
            }
            for each, vector in zip(asked, vectors, strict=True)
        ]

    def in_python() -> list[set[int]]:
        """What a page would do by itself: fetch what one sees, and compare."""
        found = []
        for vector in vectors:
            seen = list(Activity.objects.visible_to(rep).values_list("pk", flat=True))
            texts = SearchText.objects.filter(index=index, kind="activity", record_id__in=seen)
            keys = dict(texts.values_list("pk", "record_id"))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT text_id, embedding::text FROM assistant_searchvector"
                    " WHERE text_id = ANY (%s)",
                    [list(keys)],
                )
                rows = cursor.fetchall()
            matrix = np.array([np.fromstring(text[1:-1], sep=",") for _, text in rows])
            nearness = matrix @ vector / np.linalg.norm(matrix, axis=1)
            order = sorted(range(len(rows)), key=lambda at: (-round(nearness[at], 6), rows[at][0]))
            found.append({keys[rows[at][0]] for at in order[:10]})
        return found

    def filtered_after() -> list[set[int]]:
        """The nearest five hundred of all, and of those what one sees."""
        found = []
        for each, vector in zip(asked, vectors, strict=True):
            values = values_of(index=index, asked=each, vector=vector, scope=scope)
            near = [place.record_id for place in meaning_of_all(values, each)]
            seen = set(
                Activity.objects.visible_to(rep).filter(pk__in=near).values_list("pk", flat=True)
            )
            found.append({pk for pk in near if pk in seen})
        return found

    right, after = in_python(), filtered_after()
    ours_s = seconds(ours, times=5)
    theirs_s = seconds(in_python, times=3)
    report(
        name="search by words and meaning of 1 % of 100,000 notes",
        ours_s=ours_s,
        theirs_s=theirs_s,
        against="fetching what one sees and comparing vectors in Python, meaning alone",
        questions=len(ASKED),
        same_as_python=shared(ours(), right),
        kept_by_filtering_after=shared(after, right),
        filtering_after_s=round(seconds(filtered_after, times=3), 3),
        whole_org_s=round(
            seconds(lambda: [find(reader=boss, text=text) for text in ASKED], times=3), 3
        ),
        build_s=round(build_s, 1),
    )


def shared(found: list[set[int]], right: list[set[int]]) -> float:
    """Of the ten that are right, how many were found."""
    return round(
        float(np.mean([len(f & r) / len(r) for f, r in zip(found, right, strict=True)])), 3
    )


if __name__ == "__main__":
    main()
