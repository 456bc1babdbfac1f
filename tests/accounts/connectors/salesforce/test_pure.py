"""Rules without a network: questions, values, addresses, what may leave this machine."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.connectors.base import Refusal, SourceFieldSpec, SourceObjectSpec
from accounts.connectors.salesforce import soql, values
from accounts.connectors.salesforce.describing import described, trimmed
from accounts.connectors.salesforce.faults import SetupError
from accounts.connectors.salesforce.hosts import allowed_origin, is_production_login
from accounts.connectors.salesforce.transport import ReadOnlyError, refuse_writes, wait_s
from accounts.salesforce_ids import full_id, long_id

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the shared data is not here")
BASE = "https://acme.my.salesforce.com/services/data/v62.0"
QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)


@given(st.text())
def test_a_text_stays_inside_of_its_quotes(text: str) -> None:
    assert QUOTED.fullmatch(soql.literal(text, kind="string"))


@given(st.text())
def test_a_name_is_a_name_or_an_error(text: str) -> None:
    if soql.NAME.fullmatch(text):
        assert soql.name(text) == text
    else:
        with pytest.raises(ValueError, match="no name"):
            soql.name(text)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("2024-01-01", "datetime"),
        (date(2024, 1, 1), "datetime"),
        (datetime(2024, 1, 1), "datetime"),  # noqa: DTZ001
        (datetime(2024, 1, 1, tzinfo=UTC), "date"),
        ("1 OR Id != null", "double"),
        (True, "integer"),
        ("true", "boolean"),
        (1, "string"),
    ],
)
def test_a_literal_is_of_the_type_of_its_field(value: Any, kind: str) -> None:
    with pytest.raises(ValueError, match="compared with"):
        soql.literal(value, kind=kind)


@needs_data
def test_attacks_on_a_question_are_refused_before_it_is_built() -> None:
    for case, is_valid in json.loads((DATA / "attacks/soql_cases.json").read_text())["cases"]:
        assert "'" not in soql.literal(case, kind="string")[1:-1].replace("\\'", ""), is_valid
        with pytest.raises(ValueError, match="no name"):
            soql.select([case], "Account")


@given(st.datetimes(min_value=datetime(1999, 3, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_survives_its_literal_to_the_millisecond(stamp: datetime) -> None:
    kept = stamp.replace(microsecond=stamp.microsecond // 1000 * 1000)
    assert values.moment(soql.moment_literal(stamp)) == kept


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18))
def test_numbers_have_one_form_and_no_drift(found: Decimal) -> None:
    for text in (str(found), format(found, "E"), format(found, "f")):
        assert values.number(text) == found
        assert repr(values.number(text)) == repr(values.number(found))


def test_forms_of_one_value() -> None:
    stamp = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    for text in ("2024-01-02T03:04:05.000+0000", "2024-01-02T03:04:05.000Z"):
        assert values.moment(text) == stamp
    assert values.moment("2024-01-02T05:04:05+02:00") == stamp
    assert repr(values.number("1.0E7")) == repr(values.number("10000000.00"))
    assert values.whole("5.0") == 5
    assert values.day("0001-01-01") == date(1, 1, 1)
    assert values.day("4000-12-31") == date(4000, 12, 31)
    assert values.moment("4000-12-31T23:59:59.000Z").tzinfo is UTC
    assert values.words(False) == "false"


def test_an_id_is_an_id_of_a_known_object_or_what_salesforce_calls_one() -> None:
    custom = "a0B5g00000ABCDe"
    assert long_id(custom) == "a0B5g00000ABCDeEAP"
    assert long_id("00D2v000000WRd1") != long_id("00d2v000000WRd1")
    assert full_id(custom) == custom
    assert full_id("0015g00000ABCDe") == long_id("0015g00000ABCDe")
    for word in ("", "Opportunity", "abcdefghijklmn\u00e9", "0015g00000ABCDeAAP"):
        assert long_id(word) == full_id(word) == word


def test_a_value_that_cannot_be_read_is_told_with_its_row() -> None:
    spec = SourceObjectSpec(
        "Opportunity",
        {
            "Id": SourceFieldSpec("Id", "id"),
            "Amount": SourceFieldSpec("Amount", "currency"),
            "Name": SourceFieldSpec("Name", "string"),
        },
    )
    reader = values.Reader(spec)
    for text in ("NA", "N/A", "null", "None", "nan", 'line1\r\nline2 "q", é'):
        assert reader.row({"Id": "006", "Name": text})["Name"] == text  # type: ignore[index]
    assert reader.row({"Id": "006", "Name": "", "Amount": ""}) == {
        "Id": "006",
        "Amount": None,
        "Name": None,
    }
    refused = reader.row({"Id": "006", "Amount": "NaN"})
    assert isinstance(refused, Refusal)
    assert (refused.external_id, refused.field_name) == ("006", "Amount")


@needs_data
@pytest.mark.parametrize(
    "name", ["Account", "Account_PersonAccount", "Opportunity", "Case", "Lead"]
)
def test_recorded_describes(name: str) -> None:
    body = json.loads((DATA / f"salesforce/describe/sobjects_{name}_describe.json").read_text())
    found = described(trimmed(body))
    assert found.spec.cursor == "SystemModstamp"
    assert found.stamps_deletes
    assert found.lists_deletes
    kinds = {field["name"]: field["type"] for field in body["fields"]}
    assert not any(kinds[each] in ("address", "location") for each in found.spec.fields)
    assert {"Id", "CreatedDate"} <= set(found.spec.fields)


@pytest.mark.parametrize(
    "address",
    [
        "http://acme.my.salesforce.com",
        "https://evil.example",
        "https://salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "https://acme.my.salesforce.com@evil.example",
        "https://user:x@acme.my.salesforce.com",
        "https://acme.my.salesforce.com:8443",
        "https://evil.example\\.salesforce.com",
        "https://127.0.0.1",
        "https://[::1]",
        "https://169.254.169.254",
        "ftp://acme.my.salesforce.com",
        "https://",
        "",
        "https://[",
    ],
)
def test_no_token_goes_elsewhere(address: str) -> None:
    with pytest.raises(SetupError):
        allowed_origin(address)


def test_addresses_of_salesforce() -> None:
    assert allowed_origin("https://Acme.my.salesforce.com/") == "https://acme.my.salesforce.com"
    assert is_production_login("https://login.salesforce.com")
    assert is_production_login("https://acme.my.salesforce.com")
    assert not is_production_login("https://test.salesforce.com")
    assert not is_production_login("https://acme--dev.sandbox.my.salesforce.com")


JOB = "/jobs/query/750Tn000004ZoR3IAK"


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "/sobjects/Account", "{}"),
        ("PATCH", "/sobjects/Account/001", "{}"),
        ("DELETE", "/sobjects/Account/001", None),
        ("PUT", "/query", None),
        ("POST", "/composite", "{}"),
        ("POST", "/jobs/ingest", '{"operation": "insert"}'),
        ("POST", "/jobs/query", '{"operation": "insert"}'),
        ("POST", "/jobs/query", None),
        ("PATCH", JOB, '{"state": "UploadComplete"}'),
        ("DELETE", "/jobs/query", None),
        ("HEAD", "/query", None),
    ],
)
def test_nothing_is_written(method: str, path: str, data: str | None) -> None:
    with pytest.raises(ReadOnlyError):
        refuse_writes(method, BASE + path, data)


def test_what_may_leave() -> None:
    refuse_writes("GET", f"{BASE}/query?q=x", None)
    refuse_writes("POST", "https://login.salesforce.com/services/oauth2/token", None)
    refuse_writes("POST", f"{BASE}/jobs/query", '{"operation": "queryAll"}')
    refuse_writes("PATCH", BASE + JOB, '{"state": "Aborted"}')
    refuse_writes("DELETE", BASE + JOB, None)


def test_the_transport_is_the_only_way_out() -> None:
    folder = Path(settings.BASE_DIR) / "accounts/connectors/salesforce"
    sending = re.compile(r"requests\.(get|post|put|patch|delete|request|Session)\b|urlopen|httpx")
    assert [path.name for path in folder.glob("*.py") if sending.search(path.read_text())] == [
        "transport.py"
    ]


def test_waits_grow_and_end() -> None:
    assert wait_s("30", 1) == 30
    assert wait_s("86400", 1) == 120
    assert all(wait_s("", tries) <= 45 for tries in range(1, 12))
    assert wait_s("Wed, 21 Oct 2026 07:28:00 GMT", 1) < 2


def test_wide_objects_are_asked_in_parts() -> None:
    fields = ["Id", *(f"A_rather_long_name_of_a_custom_field_{n}__c" for n in range(800))]
    parts = soql.parts(fields, always=["Id", "SystemModstamp"])
    assert len(parts) > 3
    assert all(part[:2] == ["Id", "SystemModstamp"] for part in parts)
    assert {name for part in parts for name in part} == {*fields, "SystemModstamp"}
    question = [soql.select(p, "Account", where=[soql.one_of(["0" * 18] * 200)]) for p in parts]
    assert max(map(soql.size, question)) < 16_384
    key = soql.Key(datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2))), "001'x")
    assert "2023-12-31T22:00:00.000Z" in soql.from_key("SystemModstamp", key)
    assert "001\\'x" in soql.from_key("SystemModstamp", key)
