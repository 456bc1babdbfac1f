"""The mapping editor: which field fills which column, what is refused, and how it is undone."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts import mapping
from accounts.models import ObjectSync, Opportunity, SourceField
from accounts.records import OBJECTS
from accounts.records.columns import open_columns
from accounts.sync.locks import org_lock
from revenue.users.models import AuditEvent
from revenue.users.roles import Role
from tests.accounts.connected import Desk
from tests.accounts.sync.sources import Source, a_deal, sync
from tests.factories.facts import a_source_field
from tests.factories.people import OrgFactory

TYPES = {"Real_Amount__c": "currency", "Region__c": "picklist", "Score__c": "double"}
DEAL = OBJECTS["Opportunity"]
KINDS = {
    "string": {"kind", "next_step"},
    "picklist": {"source"},
    "email": {"source"},
    "currency": {"amount", "probability"},
    "integer": {"amount"},
    "date": {"close_date", "kind"},
    "datetime": {"close_date"},
    "boolean": {"is_won"},
    "reference": {"account_ref"},
    "json": set(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_takes_the_types_that_it_can_keep(kind: str) -> None:
    columns = {name for name, column in open_columns(DEAL).items() if mapping.fits(kind, column)}
    assert KINDS[kind] <= columns
    if kind != "boolean":
        assert "is_won" not in columns
    if kind not in ("currency", "integer"):
        assert "amount" not in columns
    if kind != "reference":
        assert "account_ref" not in columns


@pytest.fixture
def source() -> Source:
    found = Source(fields={"Opportunity": dict(TYPES)})
    for number in range(4):
        region = "North" if number else "South"
        row = a_deal(number, Score__c=None, Region__c=region, Real_Amount__c=1000 + number)
        found.put("Opportunity", row)
    return found


@pytest.fixture
def desk(client: Client, db: None, source: Source) -> Desk:
    made: Desk = Desk.of(client)
    assert sync(made.org, source).state == "succeeded"
    return made


def field_of(desk: Desk, name: str) -> SourceField:
    return SourceField.objects.get(org=desk.org, object_name="Opportunity", name=name)


def change(desk: Desk, name: str, **form: str) -> Any:
    return desk.send("mapping-change", "Opportunity", field_of(desk, name).pk, **form)


def goes(desk: Desk) -> dict[str, str]:
    fields = SourceField.objects.filter(org=desk.org, object_name="Opportunity")
    return {each.name: mapping.destination_of(each) for each in fields}


def amounts(desk: Desk) -> set[Decimal | None]:
    return set(Opportunity.objects.filter(org=desk.org).values_list("amount", flat=True))


def test_the_editor_shows_where_values_are_and_some_of_them(desk: Desk) -> None:
    html = desk.read("mapping-change", "Opportunity", field_of(desk, "Region__c").pk)
    for words in ("Other fields", "in 4 of 4 records", "North", "South"):
        assert words in html
    assert html.index("North") < html.index("South")  # the commonest first
    html = desk.read("mapping-change", "Opportunity", field_of(desk, "StageName").pk)
    assert "Qualification" in html
    html = desk.read("mapping-change", "Opportunity", field_of(desk, "Score__c").pk)
    assert "in 0 of 4 records" in html


def test_another_field_fills_the_column_after_the_next_sync(desk: Desk, source: Source) -> None:
    before = amounts(desk)
    answer = change(desk, "Real_Amount__c", destination="column:amount")
    assert "The next sync reads all of Opportunity again." in answer.content.decode()
    assert goes(desk)["Real_Amount__c"] == "column:amount"
    assert goes(desk)["Amount"] == "extra"
    assert amounts(desk) == before  # nothing is moved here
    assert sync(desk.org, source).rows_read == 4
    assert amounts(desk) == {Decimal(1000 + number) for number in range(4)}
    first = Opportunity.objects.get(org=desk.org, name="Deal 1")
    assert Decimal(str(first.extra["Amount"])) == 101


def test_undoing_puts_both_fields_back(desk: Desk, source: Source) -> None:
    before, places = amounts(desk), goes(desk)
    change(desk, "Real_Amount__c", destination="column:amount")
    sync(desk.org, source)
    html = desk.read("mapping-change", "Opportunity", field_of(desk, "Real_Amount__c").pk)
    assert "Undo" in html
    change(desk, "Real_Amount__c", decision="release")
    assert goes(desk) == places
    assert not SourceField.objects.filter(org=desk.org, is_set_by_admin=True).exists()
    sync(desk.org, source)
    assert amounts(desk) == before
    assert goes(desk) == places
    assert "Amount" not in Opportunity.objects.get(org=desk.org, name="Deal 1").extra


def test_a_column_that_nobody_fills_any_more_says_nothing_old(desk: Desk, source: Source) -> None:
    change(desk, "Amount", destination="extra")
    change(desk, "Region__c", destination="column:kind")
    sync(desk.org, source)
    first = Opportunity.objects.get(org=desk.org, name="Deal 1")
    assert (first.amount, first.kind) == (None, "North")
    assert "Region__c" not in first.extra
    change(desk, "Region__c", decision="release")
    sync(desk.org, source)
    first.refresh_from_db()
    assert (first.kind, first.extra["Region__c"]) == ("", "North")


def test_undoing_one_leaves_what_was_decided_of_others(desk: Desk) -> None:
    change(desk, "Region__c", destination="column:kind")
    change(desk, "StageName", destination="skip")
    change(desk, "Real_Amount__c", destination="column:amount")
    change(desk, "Real_Amount__c", decision="release")
    assert goes(desk)["Region__c"] == "column:kind"
    assert goes(desk)["StageName"] == "skip"
    assert goes(desk)["Amount"] == "column:amount"


def test_what_is_skipped_is_read_no_more(desk: Desk, source: Source) -> None:
    change(desk, "Region__c", destination="skip")
    html = desk.read("mapping-change", "Opportunity", field_of(desk, "Region__c").pk)
    assert "Not read" in html
    sync(desk.org, source)
    assert not Opportunity.objects.filter(org=desk.org, extra__has_key="Region__c").exists()
    assert Opportunity.objects.filter(org=desk.org, extra__has_key="Real_Amount__c").count() == 4


@pytest.mark.parametrize(
    ("name", "destination"),
    [
        ("Region__c", "column:amount"),  # words into a number
        ("Amount", "column:is_won"),
        ("Real_Amount__c", "column:account_ref"),
        ("Region__c", "column:org_id"),
        ("Region__c", "column:extra"),
        ("Region__c", "column:external_id"),
        ("Region__c", "column:nonsense"),
        ("Region__c", "nonsense"),
    ],
)
def test_what_does_not_fit_is_refused_in_its_place(desk: Desk, name: str, destination: str) -> None:
    before = goes(desk)
    answer = change(desk, name, destination=destination)
    assert answer.status_code == 422
    assert "is not one of the available choices" in answer.content.decode()
    assert goes(desk) == before
    assert not AuditEvent.objects.filter(action="org_changed").exists()


@pytest.mark.parametrize("name", ["Id", "SystemModstamp", "CreatedDate"])
@pytest.mark.parametrize("form", [{"destination": "skip"}, {"decision": "release"}], ids=str)
def test_what_a_record_is_known_by_stays(desk: Desk, name: str, form: dict[str, str]) -> None:
    before = goes(desk)
    answer = change(desk, name, **form)
    assert "Records are known by this field" in answer.content.decode()
    assert goes(desk) == before


def test_a_change_waits_for_the_end_of_a_sync(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.sync.locks.PATIENCE_S", 0.0)
    before = goes(desk)
    with org_lock(org_id=desk.org.pk):
        answer = change(desk, "Region__c", destination="skip")
    assert "A sync of this org is running." in answer.content.decode()
    assert goes(desk) == before
    assert ObjectSync.objects.get(org=desk.org).position != {}


@pytest.fixture
def turned(desk: Desk, source: Source) -> SourceField:
    """A number that became words in the CRM: its column is not trusted with them."""
    source.fields["Opportunity"]["Amount"] = "string"
    for number in range(4):
        source.put("Opportunity", a_deal(number, second=9, Amount=f"about {number}"))
    sync(desk.org, source)
    return field_of(desk, "Amount")


def test_a_type_that_changed_is_kept_apart_until_somebody_decides(
    desk: Desk, turned: SourceField
) -> None:
    assert turned.state == SourceField.State.QUARANTINED
    assert amounts(desk) == {Decimal(100 + number) for number in range(4)}
    assert Opportunity.objects.get(org=desk.org, name="Deal 1").extra["Amount"] == "about 1"
    html = desk.read("mapping-change", "Opportunity", turned.pk)
    assert "It was currency and is string now." in html
    assert "1 field changed type" in desk.read("sync-show")
    assert "Type changed" in desk.read("mapping-list", "Opportunity", state="quarantined")


@pytest.mark.parametrize("decision", ["accept", "apart"])
def test_each_decision_ends_it_and_loses_nothing(
    desk: Desk, source: Source, turned: SourceField, decision: str
) -> None:
    """Words fit into no amount, so both ways they stay among the other fields."""
    change(desk, "Amount", decision=decision)
    sync(desk.org, source)
    found = field_of(desk, "Amount")
    assert (found.state, mapping.destination_of(found)) == ("current", "extra")
    assert Opportunity.objects.get(org=desk.org, name="Deal 1").extra["Amount"] == "about 1"
    event = AuditEvent.objects.filter(action="org_changed").latest("id")
    assert event.detail["before"] == "currency"


def test_a_new_type_that_fits_goes_on_filling_its_column(desk: Desk, source: Source) -> None:
    source.fields["Opportunity"]["NextStep"] = "boolean"
    sync(desk.org, source)
    source.fields["Opportunity"]["NextStep"] = "datetime"
    sync(desk.org, source)
    assert field_of(desk, "NextStep").state == SourceField.State.QUARANTINED
    change(desk, "NextStep", decision="accept")
    assert goes(desk)["NextStep"] == "column:next_step"


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.INTEGRATOR], ids=str)
@pytest.mark.django_db
def test_only_admins_map(client: Client, role: Role) -> None:
    desk: Desk = Desk.of(client, role=role)
    field = a_source_field(org=desk.org)
    for name, more in (("mapping-list", ()), ("mapping-change", (field.pk,))):
        assert client.get(desk.address(name, "Opportunity", *more)).status_code == 403


def test_fields_of_others_are_not_there(desk: Desk) -> None:
    foreign = a_source_field(org=OrgFactory(), label="Canary")
    answer = desk.client.post(
        desk.address("mapping-change", "Opportunity", foreign.pk), {"destination": "skip"}
    )
    assert answer.status_code == 404
    assert "Canary" not in desk.read("mapping-list", "Opportunity")
    own = field_of(desk, "Region__c")
    assert desk.client.get(desk.address("mapping-change", "Lead", own.pk)).status_code == 404
    assert desk.client.get(desk.address("mapping-list", "Nonsense")).status_code == 404
