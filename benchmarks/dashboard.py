"""The dashboard of an org with a million open deals, while several people read it at once.

Against the same figures counted when they are asked for: deals joined with their newest scores,
added up and sorted anew for each reader, as a page without rows made ahead would have to.
"""

import os
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections

from benchmarks.stage import report, stage

DEALS = int(os.environ.get("BENCH_DEALS", "1000000"))
SELLERS, TEAM = 500, 10
READERS = ("executive", "manager", "rep", "executive", "manager", "rep")
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "12"))
PLAIN_ROUNDS = 2
PATH = "/o/bench/risk/"
ADDRESSES = ("", "?grade=D", "?sort=-chance", "?move=jumped", "?window=quarter")
FILL = (
    """
    INSERT INTO users_org (slug, name, kind, timezone, is_active, created_at, currency, hierarchy,
                           data_as_of)
    VALUES ('bench', 'Bench', 'csv', 'UTC', true, now(), 'USD', 'managers', now())
    """,
    """
    INSERT INTO ml_modelrun (org_id, task, state, readiness, as_of, features, excluded_features,
        settings, metrics, baselines, report, comparison, drift, artefact, sha256, size_bytes,
        reason, created_at, promoted_at)
    SELECT id, 'deal_risk', 'live', 'ready', now(), '[]', '{}', '{}', '{}', '{}', '{}', '{}', '[]',
        '', repeat('0', 64), 1, '', now(), now()
    FROM users_org WHERE slug = 'bench'
    """,
    """
    INSERT INTO accounts_crmuser (org_id, external_id, extra, synced_at, name, email, title, team,
        region, is_active, manager_ref, membership_is_set)
    SELECT org.id, 'u' || n, '{}', now(), 'Seller ' || n, '', '', '', '', true,
        CASE WHEN n %% %(team)s > 0 THEN 'u' || n / %(team)s * %(team)s
             WHEN n > 0 THEN 'u0' END, false
    FROM users_org org, generate_series(0, %(sellers)s - 1) n WHERE org.slug = 'bench'
    """,
    """
    INSERT INTO accounts_account (org_id, external_id, extra, synced_at, name, owner_ref, {account})
    SELECT org.id, 'a' || n, '{{}}', now(), 'Customer ' || n, 'u' || n %% %(sellers)s, {empty}
    FROM users_org org, generate_series(0, %(deals)s / 5) n WHERE org.slug = 'bench'
    """,
    """
    INSERT INTO accounts_opportunity (
        org_id, external_id, created_at, modified_at, extra, synced_at, account_ref, owner_ref,
        name, stage, amount, currency, corporate_amount, probability, close_date, is_closed,
        is_won, forecast_category, kind, source, next_step, description
    )
    SELECT org.id, 'd' || n, now(), now(), '{}', now(), 'a' || n / 5, 'u' || n %% %(sellers)s,
        'Deal ' || n, 'Stage ' || n %% 7, n %% 90000, 'USD', n %% 90000, n %% 100,
        current_date - 60 + n %% 240, false, false, 'Pipeline', 'New', 'Web', '', ''
    FROM users_org org, generate_series(1, %(deals)s) n WHERE org.slug = 'bench'
    """,
    """
    INSERT INTO forecasting_dealscore (org_id, opportunity_ref, as_of, run_id, source, probability,
        low, high, base, contributions, is_latest)
    SELECT run.org_id, 'd' || n, run.as_of, run.id, 'model', (n %% 97) / 100.0,
        (n %% 97) / 120.0, least(1, (n %% 97) / 80.0), 0, '{"stage": 0.1, "age": 0.2}', true
    FROM ml_modelrun run, generate_series(1, %(deals)s) n
    """,
    """
    INSERT INTO forecasting_dealoutlook (org_id, opportunity_ref, as_of, run_id, source, name,
        account_ref, account_name, owner_ref, owner_name, stage, stage_rank, kind, lead_source,
        industry, region, size, close_date, corporate_amount, probability, low, high, risk,
        risk_parts, grade, trend, warnings, expected_value, value_at_risk, risk_value, reasons,
        health, health_parts, probability_before, risk_before, amount_before, is_new {more})
    SELECT deal.org_id, deal.external_id, score.as_of, score.run_id, 'model', deal.name,
        deal.account_ref, 'Customer', deal.owner_ref, 'Seller', deal.stage, deal.id %% 7, 'New',
        'Web', 'Industry ' || deal.id %% 12, 'Region ' || deal.id %% 5, 'Size ' || deal.id %% 4,
        deal.close_date, deal.corporate_amount, score.probability, score.low, score.high,
        100 - 100 * score.probability, %(parts)s,
        (ARRAY['D', 'C', 'B', 'A'])[1 + floor(score.probability * 4)::int], 'steady',
        CASE WHEN deal.id %% 3 = 0 THEN ARRAY['ghosted', 'stalled'] ELSE '{}' END,
        deal.corporate_amount * score.probability,
        deal.corporate_amount * (1 - score.probability),
        deal.corporate_amount * (1 - score.probability), %(reasons)s, 50, '{}',
        score.probability, 100 - 100 * score.probability - deal.id %% 25 + 12,
        deal.corporate_amount, deal.id %% 50 = 0 {values}
    FROM accounts_opportunity deal
    JOIN forecasting_dealscore score
        ON score.org_id = deal.org_id AND score.opportunity_ref = deal.external_id
    """,
)
REASON = (
    '{"title": "Days since a meeting", "words": "no meeting in 21 days", "points": -0.1,'
    ' "base_rate": {"won": 0.12, "against": 0.31, "deals": 812}}'
)
PART = '{"name": "chance", "title": "Chance", "value": "40 %%", "part": 0.6, "points": 24.0}'


def main() -> None:
    with stage():
        call_command("collectstatic", interactive=False, verbosity=0)
        fill()
        measure()


def fill() -> None:
    """Columns that this does not speak of are empty."""
    with connection.cursor() as cursor:
        account = blanks(cursor, "accounts_account", known=FILL[3])
        more = blanks(cursor, "forecasting_dealoutlook", known=FILL[6])
        values: dict[str, Any] = {
            "deals": DEALS,
            "sellers": SELLERS,
            "team": TEAM,
            "reasons": f"[{', '.join([REASON] * 5)}]",
            "parts": f"[{', '.join([PART] * 4)}]",
        }
        for place, statement in enumerate(FILL):
            said = statement
            if place == 3:
                said = said.format(account=", ".join(account), empty=", ".join(account.values()))
            if place == 6:
                said = said.replace("{more}", "".join(f", {name}" for name in more))
                said = said.replace("{values}", "".join(f", {value}" for value in more.values()))
            cursor.execute(said, values)
        # As autovacuum leaves them some time after a scoring.
        for table in ("forecasting_dealoutlook", "forecasting_dealscore", "accounts_opportunity"):
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("ANALYZE")


def blanks(cursor: Any, table: str, *, known: str) -> dict[str, str]:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " AND is_nullable = 'NO' AND column_name <> 'id'",
        [table],
    )
    empty = {"boolean": "false", "jsonb": "'{}'", "ARRAY": "'{}'"}
    return {name: empty.get(kind, "''") for name, kind in cursor.fetchall() if name not in known}


def people_of(slug: str) -> dict[str, Any]:
    # Models can be imported only once Django is set up.
    from accounts.models import CrmUser
    from revenue.users.models import Membership, Org, User

    org = Org.objects.get(slug=slug)
    people: dict[str, Any] = {}
    for role, seller in {"executive": "", "manager": f"u{TEAM}", "rep": f"u{TEAM + 1}"}.items():
        user = User.objects.create_user(email=f"{role}@bench.example", full_name=role)
        people[role] = Membership.objects.create(user=user, org=org, role=role)
        CrmUser.objects.filter(org=org, external_id=seller).update(membership=people[role])
    return people


def page_for(member: Any) -> Callable[[int], None]:
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(member.user)

    def read(turn: int) -> None:
        answer = client.get(PATH + ADDRESSES[turn % len(ADDRESSES)])
        if answer.status_code != 200:
            raise SystemExit(f"The page answered {answer.status_code}.")

    return read


def plain_for(member: Any, *, drawn: Callable[[int], None]) -> Callable[[int], None]:
    """Besides its own counting it draws a page, a rep's, whose own counting is short."""
    from django.db.models import Count, ExpressionWrapper, F, FloatField, OuterRef, Subquery, Sum

    from accounts.models import Opportunity
    from forecasting.models import DealScore

    number = FloatField()
    newest = DealScore.objects.filter(
        org=OuterRef("org"), opportunity_ref=OuterRef("external_id"), is_latest=True
    )
    rows = (
        Opportunity.objects.visible_to(member)
        .filter(is_closed=False)
        .annotate(chance=Subquery(newest.values("probability")[:1]))
        .annotate(
            expected=ExpressionWrapper(F("corporate_amount") * F("chance"), number),
            at_risk=ExpressionWrapper(F("corporate_amount") * (1 - F("chance")), number),
        )
    )
    sums = {name: Sum(name) for name in ("expected", "at_risk")}

    def read(turn: int) -> None:
        drawn(turn)
        list(
            rows.order_by()
            .values("stage")
            .annotate(
                Count("pk"),
                Sum("corporate_amount"),
                **{f"sum_{name}": total for name, total in sums.items()},
            )
        )
        list(rows.order_by(F("at_risk").desc(nulls_last=True), "-id")[:50])

    return read


def load(
    people: dict[str, Any], make: Callable[[Any], Callable[[int], None]], *, rounds: int
) -> dict[str, list[float]]:
    """Everybody at once, each one page after another."""
    took: dict[str, list[float]] = defaultdict(list)

    def visit(place: int, role: str) -> None:
        read = make(people[role])
        for turn in range(rounds):
            took[role].append(timed(partial(read, turn + place)))
        connections.close_all()

    threads = [threading.Thread(target=visit, args=each) for each in enumerate(READERS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return took


def timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def first_pages(people: dict[str, Any]) -> dict[str, list[float]]:
    """Of each address, with nothing remembered of it: as after a sync."""
    cache.clear()
    readers = {role: page_for(member) for role, member in people.items()}
    return {
        role: [round(timed(partial(read, turn)), 3) for turn in range(len(ADDRESSES))]
        for role, read in readers.items()
    }


def measure() -> None:
    people = people_of("bench")
    page_for(people["rep"])(0)  # templates are read once a process
    first = first_pages(people)
    mine = load(people, page_for, rounds=ROUNDS)
    drawn = page_for(people["rep"])
    theirs = load(people, lambda member: plain_for(member, drawn=drawn), rounds=PLAIN_ROUNDS)
    all_mine = [one for each in mine.values() for one in each]
    all_theirs = [one for each in theirs.values() for one in each]
    report(
        name="dashboard",
        against="counted when asked: deals joined with their newest scores",
        ours_s=quantile(all_mine, 95),
        theirs_s=quantile(all_theirs, 95),
        p50_s=round(quantile(all_mine, 50), 3),
        theirs_p50_s=round(quantile(all_theirs, 50), 3),
        p95_by_role={role: round(quantile(each, 95), 3) for role, each in mine.items()},
        first_s=first,
        readers=len(READERS),
        pages=len(all_mine),
        deals=DEALS,
    )


def quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main()
