"""What is wrong with a question is told as Salesforce tells it, and no text breaks the parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.salesforce import recordings
from tests.salesforce.clock import START
from tests.salesforce.ids import record_id
from tests.salesforce.soql import QueryError, run
from tests.salesforce.store import Store
from tests.salesforce.test_soql import filled

CASES = recordings.soql_cases()


def org() -> Store:
    store = filled([])
    store.load("Account", [])
    values = {"Name": "x", "SystemModstamp": START, "IsDeleted": False}
    store.load("Opportunity", [{"Id": record_id("006", 1), **values}])
    return store


def code_of(store: Store, question: str) -> str:
    try:
        run(store, question)
    except QueryError as error:
        return error.code
    return ""


@pytest.mark.skipif(not CASES, reason="the cases are not here")
@pytest.mark.parametrize(("question", "valid"), CASES)
def test_cases_of_another_parser(question: str, valid: bool) -> None:
    """That one knows no types; Salesforce and we do."""
    if "SystemModstamp >= '" in question:
        assert code_of(org(), question) == "INVALID_FIELD"
    else:
        assert code_of(org(), question) == ("" if valid else "MALFORMED_QUERY")


NO_SUCH_COLUMN = (
    "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to"
    " append the '__c' after the custom field name. Please reference your WSDL or the describe"
    " call for the appropriate names."
)


@pytest.mark.parametrize(
    ("question", "code", "message"),
    [
        (
            "SELECT Id, Nope__c FROM Opportunity",
            "INVALID_FIELD",
            "\nSELECT Id, Nope__c FROM Opportunity\n           ^\nERROR at Row:1:Column:12\n"
            + NO_SUCH_COLUMN.format("Nope__c", "Opportunity"),
        ),
        ("SELECT Id FORM Account", "MALFORMED_QUERY", "unexpected token: 'FORM'"),
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("SELECT Id\nFROM Thing__c\nWHERE Nope = 1", "INVALID_FIELD", "Row:3:Column:7"),
        ("SELECT Id FROM Thing__c WHERE Amount__c = '1'", "INVALID_FIELD", "of type double"),
        ("SELECT Id FROM Thing__c WHERE Name = 1", "INVALID_FIELD", "enclosed in quotes"),
        ("SELECT Id FROM Thing__c WHERE At__c > 2026-01-01", "INVALID_FIELD", "of type dateTime"),
        ("SELECT Id FROM Thing__c WHERE Flag__c > true", "INVALID_FIELD", "boolean"),
        ("SELECT Id FROM Thing__c WHERE Name LIKE null", "INVALID_FIELD", "null"),
        ("SELECT Id FROM Thing__c WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID"),
        ("SELECT Id FROM Thing__c WHERE Name = 'a", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Thing__c WHERE Name = 'a\\q'", "MALFORMED_QUERY", "Illegal character"),
        ("SELECT Id FROM Thing__c WHERE Day__c = 2026-02-30", "MALFORMED_QUERY", "Invalid date"),
        (
            "SELECT Id FROM Thing__c WHERE Flag__c = true AND Name = 'a' OR Name = 'b'",
            "MALFORMED_QUERY",
            "unexpected token: 'OR'",
        ),
        ("SELECT Id, id FROM Thing__c", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT Id FROM Thing__c LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-1'"),
        ("SELECT Id FROM Thing__c OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT Nope.Name FROM Thing__c", "INVALID_FIELD", "Didn't understand relationship"),
        ("SELECT", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Thing__c WHERE " + "(" * 5_000, "MALFORMED_QUERY", ""),
        ("SELECT Id FROM Thing__c WHERE Name = '" + "x" * 100_000, "MALFORMED_QUERY", "longer"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(question: str, code: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        run(org(), question)
    (body,) = caught.value.body()
    assert body["errorCode"] == code
    assert message in body["message"]


EMPTY = filled([])
CODES = {
    *("", "MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE"),
    *("INVALID_QUERY_FILTER_OPERATOR", "NUMBER_OUTSIDE_VALID_RANGE"),
}
VALID = (
    "SELECT Id, Name FROM Thing__c WHERE (Name LIKE 'a%' OR Amount__c >= -1.5e1) AND Day__c ="
    " LAST_N_DAYS:3 AND At__c < 2026-01-01T00:00:00.000+01:00 ORDER BY Name DESC NULLS LAST, Id"
    " LIMIT 5 OFFSET 1"
)


@given(
    st.text(max_size=30)
    | st.text(alphabet="SELECT FROMWHEidn'()=,.:<>0123456789-+TZ\\", max_size=60)
)
def test_no_text_breaks_the_parser(text: str) -> None:
    for question in (text, f"SELECT {text}", f"SELECT Id FROM Thing__c WHERE {text}"):  # noqa: S608
        assert code_of(EMPTY, question) in CODES


@given(st.integers(0, len(VALID)), st.integers(0, 12), st.text(max_size=3))
def test_no_damage_to_a_question_breaks_it(at: int, length: int, instead: str) -> None:
    assert code_of(EMPTY, VALID) == ""
    assert code_of(EMPTY, VALID[:at] + instead + VALID[at + length :]) in CODES
