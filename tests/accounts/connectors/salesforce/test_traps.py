"""The traps of simple-salesforce 1.12.10: each shown to be there, and not to be ours."""

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce

from accounts.connectors.base import NeedsSignInError, SourceUnavailableError
from tests.accounts.connectors.salesforce.connections import a_connection_to, opened, read
from tests.salesforce import Simulator
from tests.salesforce.visitor import Visitor

pytestmark = pytest.mark.django_db
SOQL = "SELECT Id FROM Opportunity"


@pytest.fixture
def library(sim: Simulator) -> Iterator[Salesforce]:
    """The client as it comes, signed in, and able to sign in anew."""
    with Visitor(sim) as visitor:

        def sign_in() -> tuple[str, str]:
            visitor.sign_in()
            return token_of(visitor), sim.url.removeprefix("https://")

        token, _ = sign_in()
        made = Salesforce(session_id=token, instance_url=sim.url, session=visitor.session)
        made._salesforce_login_partial = partial(sign_in)
        yield made


def token_of(visitor: Visitor) -> str:
    return str(visitor.session.headers["Authorization"]).removeprefix("Bearer ")


class TestNoTimeOutByDefault:
    def test_the_library_waits_for_ever(self, sim: Simulator, library: Salesforce) -> None:
        sim.plan.arm("stall_forever")
        waiting = threading.Thread(target=quietly(library.limits), daemon=True)
        waiting.start()
        waiting.join(0.4)
        assert waiting.is_alive()

    def test_every_call_of_ours_is_bounded(
        self, sim: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bounds = []
        send = requests.adapters.HTTPAdapter.send

        def noted(self: Any, request: Any, *args: Any, **options: Any) -> requests.Response:
            bounds.append((request.url, options.get("timeout")))
            return send(self, request, *args, **options)

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", noted)
        with opened(a_connection_to(sim, bulk_from=1), at=sim.clock.now()) as connector:
            connector.check()
            connector.describe()
            read(connector, "Opportunity")
            list(connector.deleted_since("Opportunity", {}))
            list(connector.ids("Opportunity"))
        kinds = set(sim.ledger.kinds)
        assert {"token", "query", "describe", "bulk_create", "bulk_status"} <= kinds
        assert {"bulk_results", "bulk_delete", "record_count"} <= kinds
        assert len(bounds) == sim.ledger.count()
        assert {bound for _, bound in bounds} == {(10.0, 60.0)}


def quietly(call: Callable[[], Any]) -> Callable[[], None]:
    def done() -> None:
        try:
            call()
        except (requests.exceptions.RequestException, OSError):
            return

    return done


class TestShortPagesOfBulk:
    def test_the_library_takes_one_row_for_three(self, sim: Simulator, library: Salesforce) -> None:
        sim.plan.arm("bulk_results_short")
        jobs: Any = library.bulk2
        pages = list(jobs.Opportunity.query(SOQL, wait=0))
        assert pages == ['"Id"\n"006..."\n']

    def test_we_ask_again_and_have_every_row(self, sim: Simulator) -> None:
        with opened(a_connection_to(sim, bulk_from=1), at=sim.clock.now()) as connector:
            connector.describe()
            sim.plan.arm("bulk_results_short", times=2)
            assert set(read(connector, "Opportunity")[0]) == set(sim.store.ids("Opportunity"))
        assert sim.ledger.kinds["bulk_results"] == 3
        assert sim.ledger.faults["bulk_results_short"] == 2


class TestSilentSignInsOverAndOver:
    def test_the_library_signs_in_as_often_as_it_is_refused(
        self, sim: Simulator, library: Salesforce
    ) -> None:
        before = sim.ledger.count("token")
        sim.plan.arm("session_wrong_scope", times=12)
        opportunity: Any = library.Opportunity
        assert opportunity.describe()["name"] == "Opportunity"
        assert sim.ledger.count("token") == before + 12

    def test_ours_signs_in_once_more_and_says_what_is_missing(self, sim: Simulator) -> None:
        with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
            connector.describe()
            sim.plan.arm("session_wrong_scope", times=None)
            with pytest.raises(NeedsSignInError, match="scope “api”"):
                read(connector, "Opportunity")
        assert sim.ledger.count("token") == 2


class TestPagesOfHtml:
    @pytest.mark.parametrize("fault", ["ok_html", "401_html"])
    def test_the_library_breaks_on_them(
        self, sim: Simulator, library: Salesforce, fault: str
    ) -> None:
        sim.plan.arm(fault)
        with pytest.raises(requests.exceptions.JSONDecodeError):
            library.query(SOQL)

    @pytest.mark.parametrize("fault", ["ok_html", "401_html", "maintenance_html_503", "edge_420"])
    def test_we_wait_and_ask_again(self, sim: Simulator, fault: str) -> None:
        with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
            connector.describe()
            sim.plan.arm(fault, times=2)
            assert set(read(connector, "Opportunity")[0]) == set(sim.store.ids("Opportunity"))
            sim.plan.arm(fault, times=None)
            with pytest.raises(SourceUnavailableError, match="several tries"):
                read(connector, "Opportunity")
        assert sim.ledger.faults[fault] > 2
        assert sim.ledger.count("token") == 1


class TestTheDeletionOfAJob:
    def test_the_library_breaks_on_its_success(self, library: Salesforce) -> None:
        bulk: Any = library.bulk2
        jobs = bulk.Opportunity._client
        job = jobs.create_job("query", SOQL)["id"]
        jobs.wait_for_job(job, True, 0)
        with pytest.raises(requests.exceptions.JSONDecodeError):
            jobs.delete_job(job, True)

    def test_we_clean_up(self, sim: Simulator) -> None:
        with opened(a_connection_to(sim, bulk_from=1), at=sim.clock.now()) as connector:
            connector.describe()
            read(connector, "Opportunity")
        assert sim.ledger.kinds["bulk_create"] == sim.ledger.kinds["bulk_delete"] == 1
        assert sim.bulk.jobs == {}


class TestWhatIsReadOfAnswers:
    def test_the_library_fails_on_a_list_where_it_expects_an_object(
        self, sim: Simulator, library: Salesforce
    ) -> None:
        sim.plan.arm("401_object_body")
        with pytest.raises(KeyError):
            library.query(SOQL)

    def test_the_library_loses_digits_of_numbers_and_we_do_not(
        self, sim: Simulator, library: Salesforce
    ) -> None:
        amount = Decimal("123456789012345678.91")
        sim.store.create("Opportunity", {"Name": "Long", "Amount": amount})
        told = library.query("SELECT Amount FROM Opportunity WHERE Name = 'Long'")["records"][0]
        assert Decimal(told["Amount"]) != amount
        with opened(a_connection_to(sim), at=sim.clock.now()) as connector:
            connector.describe()
            rows = read(connector, "Opportunity")[0].values()
        assert [row["Amount"] for row in rows if row["Name"] == "Long"] == [amount]
