"""Files that are broken: each says what is wrong and what to do, and costs nothing but itself."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError

from accounts.connectors.csv_files import connector, files, reading
from accounts.connectors.csv_files.connector import CsvConnector
from accounts.models import Account, Opportunity, SyncRun
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.importing import imported, written
from tests.factories.jobs import an_org

pytestmark = pytest.mark.django_db
NAUGHTY = Path(settings.BASE_DIR).parent / "shared" / "data" / "attacks" / "blns" / "blns.json.gz"
GOOD = "Id,Name,StageName,Amount,CreatedDate\n1,One,Won,10,2024-01-01\n2,Two,Won,20,2024-01-02\n"
ACCOUNTS = "Id,Name,Industry,CreatedDate\n9,Initech,Tech,2015-01-01\n"


@pytest.fixture
def org() -> Org:
    return an_org(slug="bad", kind="csv")


def zipped(*names: str, text: str = GOOD, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", how) as archive:
        for name in names:
            archive.writestr(name, text)
    return raw.getvalue()


def locked() -> bytes:
    raw = bytearray(zipped("Opportunity.csv", how=zipfile.ZIP_STORED))
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        raw[raw.index(mark) + at] |= 1
    return bytes(raw)


def damaged() -> bytes:
    raw = bytearray(zipped("Opportunity.csv", how=zipfile.ZIP_STORED))
    raw[raw.index(b"One")] ^= 1
    return bytes(raw)


def bomb() -> bytes:
    return zipped("Opportunity.csv", text=GOOD + "0" * (files.BELOW_SUSPICION + 1))


# Whole files that are refused: name, bytes, and what is said of them.
REFUSED: list[tuple[str, bytes | Callable[[], bytes], str]] = [
    ("Opportunity.csv.gz", gzip.compress(GOOD.encode() * 99)[:-30], "broken gzip file. Compress"),
    ("Opportunity.csv", b"PK\x03\x04\x14\x00" + bytes(99), "an Excel workbook or a zip, not a CSV"),
    ("Opportunity.csv", bytes(range(256)) * 9, "is no text. Export it as CSV"),
    ("Opportunity.csv", b"", "is empty. Export it again"),
    ("Opportunity.csv", b"1,One,Won\n2,Two,Won\n", "has a form that is not known. Say what its"),
    ("Opportunity.csv", b",,,\n1,2,3,4\n", "has no header. Its first line must name"),
    ("Opportunity.csv", b",".join(b"c%d" % n for n in range(9999)), "Export only the columns"),
    ("deals.zip", zipped("../Opportunity.csv"), "names a place outside of itself"),
    ("deals.zip", zipped("/etc/Opportunity.csv"), "names a place outside of itself"),
    ("deals.zip", zipped("C:\\Opportunity.csv"), "names a place outside of itself"),
    ("deals.zip", bomb, "unpacks to far more than an export would. Import its files"),
    ("deals.zip", locked, "locked by a password. Make one without"),
    ("deals.zip", damaged, "is no zip that can be read. Make it again"),
    ("deals.zip", zipped("readme.pdf"), "holds no .csv or .csv.gz file"),
    ("deals.zip", b"PK\x03\x04 and no more", "is no zip that can be read. Make it again"),
]


def problems_at(path: Path) -> list[str]:
    with files.files_at(path) as found:
        reading_of = CsvConnector(Org(slug="bad"), files=found.files)
        reading_of.prepare()
        return [*found.problems, *(each.problem for each in reading_of.reports if each.problem)]


@pytest.mark.parametrize(("name", "raw", "said"), REFUSED, ids=[each[2] for each in REFUSED])
def test_a_bad_file_is_named_with_what_to_do(
    tmp_path: Path, name: str, raw: bytes | Callable[[], bytes], said: str
) -> None:
    (tmp_path / name).write_bytes(raw() if callable(raw) else raw)
    (problem,) = problems_at(tmp_path)
    assert problem.startswith(name)
    assert said in problem
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_of_bad_files_alone_nothing_is_imported_and_beside_good_ones_these_land(
    org: Org, tmp_path: Path
) -> None:
    for number, (name, raw, _) in enumerate(REFUSED):
        if not callable(raw):
            (tmp_path / f"{number:02}-{name}").write_bytes(raw)
    with pytest.raises(CommandError, match="00-Opportunity"):
        imported(org, tmp_path)
    assert not SyncRun.objects.exists()
    result = imported(org, written(tmp_path, Account=ACCOUNTS))
    assert sum(bool(each["problem"]) for each in result["files"]) == 12
    assert result["rows"]["accepted"] == 1
    assert Account.objects.of(org).get().name == "Initech"


# Rows of a file whose others are good: the row, where N is its id, and what is said of it.
BAD_ROWS = [
    ("N,Changed", "It has 2 values, the header has 5."),
    ("N,Changed,Won,10,2024-01-01,more", "It has 6 values, the header has 5."),
    ('N,"Changed,Won,10,2024-01-01', "A quote is opened here and never closed."),
    ("N,Chan\0ged,Won,10,2024-01-01", "It holds a NUL character, which no text may hold."),
    ("N,Chan\udcffged,Won,10,2024-01-01", "bytes that are no text in the file's encoding"),
    ("N,Changed,Won,much,2024-01-01", "“Amount” is “much”, which is no number."),
    ("N,Changed,Won,10,yesterday", "“CreatedDate” is “yesterday”, which is no day."),
    (",Changed,Won,10,2024-01-01", "“Id” is empty, and says which record it is."),
    ("1,Changed,Won,10,2024-01-01", "Line 2 has the same id; a record may come once"),
    ("N,Changed,Won,1e400,2024-01-01", "amount"),
    (f"{'1' * 65},Changed,Won,10,2024-01-01", "64"),
    (f"N,Changed,{'W' * 5000},10,2024-01-01", "stage"),
]


def test_bad_rows_are_refused_with_their_lines_and_lose_nothing(org: Org, tmp_path: Path) -> None:
    ids = [str(100 + number) for number in range(len(BAD_ROWS))]
    header, one, _ = GOOD.splitlines()
    before = [f"{each},Kept é,Won,10,2024-01-01" for each in ids]
    imported(org, written(tmp_path, Opportunity="\n".join((header, one, *before))))

    now = [line.replace("N,", f"{key},") for key, (line, _) in zip(ids, BAD_ROWS, strict=True)]
    last = "3,Drei éé,Won,30,2024-01-03"
    text = "\n".join((header, one, *now, last))
    folder = written(tmp_path, Opportunity=text.encode("utf-8", "surrogateescape"))
    result = imported(org, folder)
    told = {each["line"]: each["reason"] for each in result["refusals"]}
    assert sorted(told) == list(range(3, 3 + len(BAD_ROWS)))
    for (line, (_, said)), reason in zip(enumerate(BAD_ROWS, 3), told.values(), strict=True):
        assert said.lower() in told[line].lower(), (line, reason)
    assert result["rows"]["accepted"] == 2
    names = Opportunity.objects.of(org).order_by("external_id").values_list("name", flat=True)
    assert list(names) == ["One", *["Kept é"] * len(ids), "Drei éé"]


def test_a_file_of_one_endless_line_is_refused_without_being_held(
    org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONGEST_RECORD", 2_000_000)
    (tmp_path / "endless.csv").write_bytes(b"x" * 20_000_000)
    with pytest.raises(CommandError, match="has no header"):
        imported(org, tmp_path)


def test_a_wrong_separator_can_be_said(org: Org, tmp_path: Path) -> None:
    said = "files: [{file: odd.csv, object: account, id: k, columns: {n: name}, delimiter: ';'}]"
    (tmp_path / "mapping.yaml").write_text(said)
    folder = written(tmp_path, odd="k;n\n1;a, b, c, d\n2;e, f, g, h\n")
    imported(org, folder, mapping=tmp_path / "mapping.yaml")
    assert Account.objects.of(org).get(external_id="1").name == "a, b, c, d"


def test_two_tables_of_one_name_are_told_apart(org: Org, tmp_path: Path) -> None:
    (tmp_path / "deals.zip").write_bytes(zipped("a/Account.csv", "b/Account.csv", text=ACCOUNTS))
    names = [each["name"] for each in imported(org, tmp_path)["files"]]
    assert names == ["Account.csv", "Account (2).csv"]


@pytest.mark.skipif(not NAUGHTY.exists(), reason="The naughty strings are not here.")
def test_naughty_strings_come_back_as_they_were(org: Org, tmp_path: Path) -> None:
    texts = json.loads(gzip.decompress(NAUGHTY.read_bytes()))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["Id", "Name", "Description", "Said", "CreatedDate", "StageName"])
    for number, text in enumerate(texts):
        writer.writerow([f"{number:04}", "Deal", text, f"x{text}", "2024-01-01", "Won"])
    (tmp_path / "Opportunity.csv").write_bytes(out.getvalue().encode("utf-16"))
    result = imported(org, tmp_path)
    assert (result["rows"]["accepted"], result["refusals"]) == (len(texts), [])
    rows = Opportunity.objects.of(org).order_by("external_id")
    kept = list(rows.values_list("description", "extra__Said"))
    assert kept == [(text, f"x{text}") for text in texts]


def test_an_import_that_was_killed_goes_on_where_it_was(
    org: Org, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The position is kept with the rows: what was committed is not read again."""
    monkeypatch.setattr(connector, "PAGE", 10)
    text = GOOD + "".join(f"{n},Deal {n},Won,1,2024-01-01\n" for n in range(10, 60))
    (tmp_path / "Opportunity.csv").write_text(
        text.replace("33,Deal 33,Won,1,", "33,Deal 33,Won,x,")
    )
    source = [files.SourceFile("Opportunity.csv", tmp_path / "Opportunity.csv")]

    def attempt(*, most: int) -> list[dict[str, Any]]:
        """Pages as the sync takes them, until somebody ends the process."""
        reading_on = CsvConnector(org, files=source, token="a job")
        reading_on.prepare()
        taken = []
        for page in reading_on.changed_since("Opportunity", position[0]):
            taken += page.rows
            position[0] = page.position
            most -= 1
            if not most:
                break
        return taken

    position: list[dict[str, Any]] = [{}]
    first = attempt(most=2)
    second = attempt(most=99)
    ids = [row["Id"] for row in (*first, *second)]
    assert len(first) == 20
    assert len(ids) == len(set(ids)) == 51
    assert attempt(most=99) == []
