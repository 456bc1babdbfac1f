from datetime import UTC, datetime

import pytest

from revenue.jobs.cells import cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "=",
        "-",
        "--1",
    ],
)
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["-5", "+5", "-5.25", "1e9", "-1.5E-3", "7", "a=b", "x@example.com", ""]
)
def test_plain_numbers_and_words_stay(text: str) -> None:
    assert cell(text) == text


def test_other_values() -> None:
    assert cell(None) == ""
    assert cell(-3) == "-3"
    assert cell("a\x00b") == "ab"
    assert cell(datetime(2026, 3, 1, 12, 5, 9, 77, tzinfo=UTC)) == "2026-03-01T12:05:09+00:00"
