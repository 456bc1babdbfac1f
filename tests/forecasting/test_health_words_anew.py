"""What is suggested follows the policy, and never what somebody has decided meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from forecasting.health.acting import suggest
from forecasting.health.policy import Policy
from forecasting.models import AccountAction, AccountHealth
from revenue.users.models import Org
from tests.factories.people import OrgFactory
from tests.forecasting.healthy import Customers

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 1, tzinfo=UTC)
CALL = replace(Policy(), plays={"use_falls": {"title": "Call", "advice": "Today."}})


@pytest.fixture
def org() -> Org:
    found: Org = OrgFactory()
    AccountHealth.objects.create(
        org=found, account_ref="A", as_of=AT, source="model", score=40, band="red",
        reasons=[{"trigger": "use_falls", "points": -9, "text": "Use falls"}],
    )  # fmt: skip
    return found


def plays(org: Org) -> list[tuple[str, str, str]]:
    rows = AccountAction.objects.of(org).order_by("pk")
    return list(rows.values_list("state", "title", "advice"))


def test_what_is_still_suggested_is_told_in_the_new_words(org: Org) -> None:
    suggest(org=org, at=AT)
    assert suggest(org=org, at=AT, policy=CALL).made == 0
    assert plays(org) == [("suggested", "Call", "Today.")]
    AccountAction.objects.of(org).update(state="accepted")
    suggest(org=org, at=AT, policy=Policy())
    assert plays(org) == [("accepted", "Call", "Today.")], "what was accepted keeps its words"


def test_new_words_that_stand_beside_already_are_not_told_twice(org: Org) -> None:
    suggest(org=org, at=AT)
    for title, state in (("Write", "suggested"), ("Call", "accepted")):
        AccountAction.objects.create(
            org=org, account_ref="A", trigger="use_falls", title=title, suggested_at=AT, state=state
        )
    suggest(org=org, at=AT, policy=CALL)
    assert [title for _, title, _ in plays(org)].count("Call") == 1
    AccountAction.objects.of(org).filter(state="accepted").delete()
    suggest(org=org, at=AT, policy=CALL)
    assert [title for _, title, _ in plays(org)].count("Call") == 1


def test_what_is_accepted_in_between_is_not_withdrawn(org: Org) -> None:
    suggest(org=org, at=AT)
    AccountHealth.objects.of(org).update(reasons=[])

    def accept_first(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        if sql.startswith("UPDATE") and "decided_at" in sql:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE forecasting_accountaction SET state = 'accepted'")
        return execute(sql, *others)

    with connection.execute_wrapper(accept_first):
        assert suggest(org=org, at=AT).withdrawn == 0
    assert [state for state, *_ in plays(org)] == ["accepted"]


def test_the_panel_reads_no_bytes_of_a_model() -> None:
    team = Customers()
    account = team.customer().account
    headers = {"HX-Request": "true", "HX-Target": "panel-forecasting-health-panel"}
    client = team.client("rep")
    with CaptureQueriesContext(connection) as found:
        client.get(f"/o/acme/health/accounts/{account.pk}/", headers=headers)
    assert any("ml_modelrun" in one["sql"] for one in found)
    assert not any("artefact" in one["sql"] for one in found)
