"""How near the forecast came in simulated companies, beside other ways of forecasting.

`python -m benchmarks.backtests [COMPANIES] [SCALE] [ORG] [RECORD]`: each company is filled anew
with another seed, and each of its past quarters is forecast on its first day, after four weeks and
after eight, from what was known then. Prints a line a company, and one of all together. What was
said of each is written to the file RECORD: begun again, those that stand there are not played.
"""

import json
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.stage import stage

COMPANIES, SCALE, ORG = 20, "medium", "meridian-cloud"
FIRST_SEED = 101


def fill(seed: int, scale: str, slug: str) -> Any:
    from django.utils import timezone

    from accounts.connectors.opening import open_connector
    from accounts.demo_people import connect_orgs, seed_people
    from accounts.models import SyncRun
    from accounts.sync.run import sync_org

    now = timezone.now()
    seed_people(password=secrets.token_urlsafe())
    [org] = [one for one in connect_orgs(scale=scale, seed=seed, until=now) if one.slug == slug]
    connector = open_connector(org, at=now)
    try:
        sync_org(org=org, connector=connector, trigger=SyncRun.Trigger.COMMAND, at=timezone.now())
    finally:
        connector.close()
    return org


def looked_at(org: Any) -> list[Any]:
    from django.utils import timezone

    from forecasting.models import BacktestRow
    from forecasting.quarter.backtest import backtest

    backtest(org=org, as_of=timezone.now())
    return list(BacktestRow.objects.filter(org=org, key="").order_by("since", "as_of"))


@dataclass(frozen=True)
class Row:
    """What `league` reads of a row, as it comes from another process."""

    method: str
    cut: str
    since: date
    said: Decimal | None
    p10: Decimal | None
    p90: Decimal | None
    actual: Decimal | None

    @classmethod
    def of(cls, said: list[Any]) -> "Row":
        method, cut, since, *sums = said
        money = (None if one is None else Decimal(one) for one in sums)
        return cls(method, cut, date.fromisoformat(since), *money)


def one_company(seed: int, scale: str, slug: str) -> None:
    with stage():
        rows = looked_at(fill(seed, scale, slug))
    said = [
        [row.method, row.cut, row.since.isoformat()]
        + [None if one is None else str(one) for one in (row.said, row.p10, row.p90, row.actual)]
        for row in rows
    ]
    sys.stdout.write(json.dumps(said))


def rows_of(seed: int, scale: str, slug: str) -> list[list[Any]]:
    """In a process of its own, as each company has a database of its own."""
    asked = [sys.executable, "-m", "benchmarks.backtests", "one", str(seed), scale, slug]
    run = subprocess.run(asked, stdout=subprocess.PIPE, check=True)
    said: list[list[Any]] = json.loads(run.stdout)
    return said


def recorded(path: Path | None) -> dict[tuple[int, str, str], list[list[Any]]]:
    """By seed, scale and org."""
    if path is None or not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return {(one["seed"], one["scale"], one["org"]): one["rows"] for one in lines}


def record(path: Path | None, **line: Any) -> None:
    if path is not None:
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def standings(rows: list[Any]) -> list[dict[str, Any]]:
    from forecasting.quarter.league import league

    return [
        {name: round(one, 4) if isinstance(one, float) else one for name, one in row.items()}
        for row in (vars(standing) for standing in league(rows))
    ]


def main(companies: int, scale: str, slug: str, path: Path | None) -> None:
    found: list[Row] = []
    played = recorded(path)
    for seed in range(FIRST_SEED, FIRST_SEED + companies):
        begun = time.perf_counter()
        said = played.get((seed, scale, slug))
        if said is None:
            said = rows_of(seed, scale, slug)
            record(path, seed=seed, scale=scale, org=slug, rows=said)
        rows = [Row.of(one) for one in said]
        found += rows
        took = time.perf_counter() - begun
        line = {"seed": seed, "seconds": round(took), "standings": standings(rows)}
        sys.stderr.write(json.dumps(line) + "\n")
    told = {"name": "backtests", "companies": companies, "scale": scale, "org": slug}
    sys.stdout.write(json.dumps({**told, "standings": standings(found)}) + "\n")


if __name__ == "__main__":
    asked = sys.argv[1:]
    if asked[:1] == ["one"]:
        one_company(int(asked[1]), *asked[2:])
    else:
        usual = (str(COMPANIES), SCALE, ORG)
        number, scale, org, *record_at = (*asked, *usual[len(asked) :])
        main(int(number), scale, org, Path(record_at[0]) if record_at else None)
