"""What a person says of columns: understood, or told with its line what would be right."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError

from accounts.connectors.csv_files.layouts import recognise
from accounts.connectors.csv_files.mapping import fingerprint_of, mapping_of, parse_mapping
from accounts.connectors.csv_files.problems import MappingProblem
from accounts.models import Account, CrmUser, Opportunity
from revenue.users.models import Org
from tests.accounts.connectors.csv_files.importing import imported, written
from tests.factories.jobs import an_org

GOOD = """
files:
  - file: deals*.csv
    object: opportunity
    id: Nr
    columns:
      Titel: name
      Kunde: {column: account, by: name}
      Betreuer: {column: owner, by: name}
      Phase: stage
      Wert: amount
      Ende: close_date
    skip: [Intern]
    empty: [offen]
    won: [Gewonnen]
    lost: [Verloren]
"""
DEALS = (
    "Nr;Titel;Kunde;Betreuer;Phase;Wert;Ende;Intern;Region\n"
    "1;Eins;Initech;Rosa;Gewonnen;1.200,50;20.10.2016;x;Nord\n"
    "2;Zwei;Hooli;Ben;verloren;7,5;21.11.2016;x;offen\n"
    "3;Drei;;;Angebot;offen;;x;Süd\n"
)


@pytest.fixture
def org(db: None) -> Org:
    return an_org(slug="mapped", kind="csv")


def test_a_mapping_brings_a_file_in(org: Org, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(GOOD)
    folder = written(tmp_path, deals_2016=DEALS)
    result = imported(org, folder, mapping=tmp_path / "mapping.yaml")
    assert result["rows"] == {"accepted": 3, "refused": 0, "left_out": 0, "written": 3 + 2 + 2}
    one, two, three = Opportunity.objects.of(org).order_by("external_id")
    assert (one.name, one.amount, one.close_date) == ("Eins", Decimal("1200.5"), date(2016, 10, 20))
    assert [(each.is_won, each.is_closed) for each in (one, two, three)] == [
        (True, True),
        (False, True),
        (False, False),
    ]
    assert (one.extra, two.extra) == ({"Region": "Nord"}, {})
    assert (three.account_ref, three.amount) == (None, None)
    assert one.account == Account.objects.of(org).get(name="Initech")
    assert set(CrmUser.objects.of(org).values_list("name", flat=True)) == {"Rosa", "Ben"}
    assert imported(org, folder, mapping=tmp_path / "mapping.yaml")["rows"]["written"] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("object: opportunity", "object: deal"), "line 4: “deal” is no object"),
        (("Wert: amount", "Wert: amout"), "line 11: “amout” is no column of opportunity"),
        (("Wert: amount", "Wert: stage"), "“stage” is filled by “Phase” already"),
        (("skip:", "skipp:"), "line 13: “skipp” is not known here: did you mean “skip”"),
        (("    id: Nr\n", ""), "“id” is missing"),
        (("[Verloren]", "[gewonnen]"), "“gewonnen” is among “won” and among “lost”"),
        (("Phase: stage", "Phase: kind"), "no column is “stage”"),
        (("{column: owner, by: name}", "{column: amount, by: name}"), "names no other record"),
        (("files:", "files: ["), "no YAML"),
        ((GOOD, "- a"), "begin with “files:”"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(change: tuple[str, str], said: str) -> None:
    with pytest.raises(MappingProblem, match=said):
        parse_mapping(GOOD.replace(*change))


def test_a_column_that_is_not_there_is_named(org: Org, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(GOOD)
    folder = written(tmp_path, deals=DEALS.replace("Wert", "Betrag"))
    with pytest.raises(CommandError, match=r"deals\.csv has no column “Wert”"):
        imported(org, folder, mapping=tmp_path / "mapping.yaml")


def test_a_saved_mapping_is_of_columns_in_any_order() -> None:
    header = ["Nr", "Titel"]
    saved = mapping_of(
        {"object": "account", "id": "Nr", "columns": {"Titel": "name"}},
        fingerprint=fingerprint_of(header),
    )
    assert saved.is_of(header=["titel ", "NR"], file_name="any.csv")
    assert not saved.is_of(header=["Titel"], file_name="any.csv")


def test_an_unknown_form_says_where_to_go(org: Org, tmp_path: Path) -> None:
    assert recognise(header=["Nr", "Titel"], file_name="deals.csv") is None
    with pytest.raises(CommandError, match=r"has a form that is not known\. Say what its columns"):
        imported(org, written(tmp_path, deals=DEALS))
