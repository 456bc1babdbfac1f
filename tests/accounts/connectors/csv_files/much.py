"""An import of many rows in a process of its own, which says how much memory it took at most.

`python -m tests.accounts.connectors.csv_files.much ORG ROWS FOLDER` with the database in the
environment, as tests/accounts/connectors/csv_files/test_memory.py starts it.
"""

import json
import resource
import sys
from io import StringIO
from pathlib import Path

import django

HEADER = "Id,Name,StageName,Amount,CloseDate,IsClosed,IsWon,OwnerId,AccountId,CreatedDate\n"
STAGES = ("Prospecting", "Proposal", "Closed Won", "Closed Lost")


def line(number: int) -> str:
    stage = STAGES[number % 4]
    closed = "true" if number % 4 > 1 else "false"
    won = "true" if number % 4 == 2 else "false"
    day = f"{2020 + number % 5}-{1 + number % 12:02}-{1 + number % 28:02}"
    return (
        f"006{number:012d}AAA,Deal {number},{stage},{number % 90_000}.50,{day},{closed},{won},"
        f"005{number % 60:012d}AAA,001{number % 85_000:012d}AAA,{day}\n"
    )


def write_deals(path: Path, *, rows: int) -> None:
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(map(line, range(rows)))


def main(org: str, rows: str, folder: str) -> None:
    django.setup()
    from django.core.management import call_command

    path = Path(folder) / "Opportunity.csv"
    write_deals(path, rows=int(rows))
    out = StringIO()
    call_command("import_csv", org, str(path), json=True, stdout=out)
    found = json.loads(out.getvalue())
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"peak_mb": round(peak_mb), "rows": found["rows"]}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
