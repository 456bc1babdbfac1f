from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.users.audit_words import facts_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"task": "accounts.tasks.sync", "queue": "bulk"}, []),
        ({"rows": 12345}, [("Rows", "12,345")]),
        ({"reports_to": None, "active": False}, [("Reports to", "nobody"), ("Active", "no")]),
        ({"method": "client_credentials"}, [("Method", "client credentials")]),
        ({"fields": ["login_url", "username"]}, [("Fields", "login url, username")]),
        ({"stage": {"from": None, "to": "Won"}}, [("Stage", "nothing → Won")]),
        ({"limits": {"calls": 80, "at": "2026-03-02"}}, [("Limits", "calls: 80, at: 2 Mar 2026")]),
        ({"since": "2026-03-02T12:00:00+00:00"}, [("Since", "2 Mar 2026, 12:00 UTC")]),
        ({"query": "stage=Won&q=a+b"}, [("Filters", "stage Won, q a b")]),
        ({"reason": "", "nothing": {}, "file": "a_b.csv"}, [("File", "a_b.csv")]),
        ({"day": "2026-13-45"}, [("Day", "2026-13-45")]),
    ],
)
def test_details_are_told_in_words(detail: dict[str, Any], words: list[tuple[str, str]]) -> None:
    assert facts_of(detail) == words


@given(st.dictionaries(st.text(min_size=1), VALUES, max_size=5))
def test_whatever_was_written_down_can_be_told(detail: dict[str, Any]) -> None:
    for label, text in facts_of(detail):
        assert isinstance(label, str)
        assert isinstance(text, str)
