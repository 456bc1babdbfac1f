"""A page deep in a long list: by keyset, as our tables do, against LIMIT and OFFSET."""

from django.db import connection
from django.db.models import QuerySet

from benchmarks.stage import report, seconds, stage

ROWS = 500_000
DEEP = 400_000
PAGE = 50
FILL = """
    INSERT INTO users_auditevent (
        happened_at, action, actor_email, subject, subject_id, detail, user_agent, request_id
    )
    SELECT now() - make_interval(secs => (n::bigint * 7919) %% 10000000), 'signed_in',
           'person' || n %% 97 || '@example.com', '', '', '{}', '', ''
    FROM generate_series(1, %s) AS n
"""


def main() -> None:
    with stage():
        measure()


def measure() -> None:
    # Models can be imported only once Django is set up.
    from revenue.users.models import AuditEvent
    from revenue.web.keyset import Key, Pager

    with connection.cursor() as cursor:
        cursor.execute(FILL, [ROWS])
        cursor.execute("CREATE INDEX bench_newest ON users_auditevent (happened_at DESC, id DESC)")
        cursor.execute("ANALYZE users_auditevent")
    events: QuerySet[AuditEvent] = AuditEvent.objects.all()
    pager = Pager(
        queryset=events,
        keys=(Key("happened_at", descending=True),),
        page_size=PAGE,
        scope="bench",
    )
    newest_first = events.order_by("-happened_at", "-id")
    before = pager.ordered()[DEEP - 1]
    cursor_there = pager.cursor_at(before, backward=False, at=DEEP - PAGE)
    ours = [row.pk for row in pager.page(cursor_there).rows]
    theirs = [row.pk for row in newest_first[DEEP : DEEP + PAGE]]
    if ours != theirs:
        raise SystemExit("The two ways show different rows.")
    report(
        name="paging",
        against=f"LIMIT {PAGE} OFFSET {DEEP}",
        ours_s=seconds(lambda: list(pager.page(cursor_there).rows), times=15),
        theirs_s=seconds(lambda: list(newest_first[DEEP : DEEP + PAGE]), times=5),
        rows=ROWS,
    )


if __name__ == "__main__":
    main()
