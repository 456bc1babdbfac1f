"""Our search over half a million deals against ILIKE on their names, which knows no misspelling."""

from functools import partial
from typing import Any

from django.db import connection

from benchmarks.stage import report, seconds, stage

DEALS = 500_000
FILL = """
    INSERT INTO accounts_opportunity (
        org_id, external_id, name, stage, currency, is_closed, is_won, forecast_category, kind,
        source, next_step, description, extra, synced_at
    )
    SELECT %(org)s, '006' || lpad(n::text, 15, '0'),
           (ARRAY['North','South','East','West','Blue','Red','Grand','Old','New','Silver'])
              [1 + n %% 10]
           || (ARRAY['wind','field','port','bridge','stone','water','wood','light','gate','hill'])
              [1 + (n / 10) %% 10]
           || ' ' || (ARRAY['Traders','Foods','Systems','Labs','Bank','Motors','Pharma'])
              [1 + n %% 7]
           || ' ' || md5((n %% 20011)::text)::varchar(7)
           || ' – ' || (ARRAY['Renewal','Integration','Service','Platform'])[1 + n %% 4]
           || ' ' || n,
           'Proposal', 'USD', false, false, '', '', '', '', '', '{}', now()
    FROM generate_series(1, %(deals)s) AS n
"""
# What people type: a beginning, two words, a number, a misspelling.
TYPED = ("northwi", "bluestone renewal", "platform 499999", "silvergate pharma", "northwnd")


def main() -> None:
    with stage():
        measure()


def measure() -> None:
    # Models can be imported only once Django is set up.
    from accounts.models import Opportunity
    from accounts.search import Kind, refresh_search, search
    from revenue.users.models import Membership, Org, User
    from revenue.users.roles import Role

    org = Org.objects.create(slug="bench", name="Bench")
    user = User.objects.create_user("bench@example.com", None, full_name="Bench")
    reader = Membership.objects.create(org=org, user=user, role=Role.EXECUTIVE)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"org": org.pk, "deals": DEALS})
        cursor.execute("ANALYZE accounts_opportunity")
    refresh_s = seconds(lambda: refresh_search(org=org, since=None), times=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_searchentry")
        cursor.execute("ANALYZE accounts_searchword")

    def ours(text: str) -> list[Any]:
        return search(reader=reader, text=text, kinds=(Kind.DEAL,), most=10)

    def theirs(text: str) -> tuple[int, list[Any]]:
        rows = Opportunity.objects.visible_to(reader)
        for word in text.split():
            rows = rows.filter(name__icontains=word)
        return rows[:101].count(), list(rows.order_by("name", "id")[:10])

    times = {
        text: (seconds(partial(ours, text), times=7), seconds(partial(theirs, text), times=3))
        for text in TYPED
    }
    assert all(ours(text) for text in TYPED)
    report(
        name="search",
        against="ILIKE on every word",
        ours_s=sum(one for one, _ in times.values()),
        theirs_s=sum(other for _, other in times.values()),
        rows=DEALS,
        slowest_ours_s=round(max(one for one, _ in times.values()), 4),
        each={text: [round(one, 4), round(other, 4)] for text, (one, other) in times.items()},
        refresh_rows_per_s=round(DEALS / refresh_s),
        refresh_again_s=round(seconds(lambda: refresh_search(org=org, since=None), times=1), 2),
    )


if __name__ == "__main__":
    main()
