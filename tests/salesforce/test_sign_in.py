"""Each way to sign in, and every reason to be turned away."""

import time

import jwt
import pytest

from tests.salesforce import Simulator
from tests.salesforce.ledger import fingerprint
from tests.salesforce.oauth import JWT
from tests.salesforce.sessions import SESSION_LASTS
from tests.salesforce.visitor import DATA, Visitor, assertion


@pytest.fixture
def stranger(simulator: Simulator) -> Visitor:
    return Visitor(simulator)


def problem(answer: object) -> tuple[int, str, str]:
    body = answer.json()  # type: ignore[attr-defined]
    return answer.status_code, body["error"], body["error_description"]  # type: ignore[attr-defined]


def test_a_signed_assertion_opens_a_session(simulator: Simulator, stranger: Visitor) -> None:
    answer = stranger.token(grant_type=JWT, assertion=assertion(simulator))
    body = answer.json()
    assert answer.status_code == 200
    assert body["instance_url"] == simulator.url
    assert body["token_type"] == "Bearer"
    assert "refresh_token" not in body
    identity = stranger.come_with(body["access_token"]).get(body["id"]).json()
    assert identity["organization_id"] == simulator.organization_id
    assert stranger.query("SELECT count() FROM Account").status_code == 200


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"exp": 1_000_000_000}, "invalid_grant", "expired authorization code"),
        ({"exp": 4_000_000_000}, "invalid_grant", "expired authorization code"),
        ({"exp": "soon"}, "invalid_grant", "expired authorization code"),
        ({"aud": "https://evil.invalid"}, "invalid_grant", "audience is invalid"),
        ({"aud": None}, "invalid_grant", "audience is invalid"),
        ({"sub": "other@x.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"iss": "other"}, "invalid_client_id", "client identifier invalid"),
    ],
)
def test_wrong_claims_are_refused(
    simulator: Simulator, stranger: Visitor, claims: dict[str, object], error: str, description: str
) -> None:
    answer = stranger.token(grant_type=JWT, assertion=assertion(simulator, **claims))
    assert problem(answer) == (400, error, description)


def test_another_key_signs_in_vain(simulator: Simulator, stranger: Visitor) -> None:
    forged = jwt.encode({"exp": int(time.time()) + 60}, "x" * 40, algorithm="HS256")
    for given in (forged, "nonsense", assertion(simulator)[:-8] + "AAAAAAAA"):
        assert problem(stranger.token(grant_type=JWT, assertion=given))[2] == "invalid assertion"


def test_the_clock_of_the_test_is_as_good_as_the_walls(
    simulator: Simulator, stranger: Visitor
) -> None:
    expires = int(simulator.clock.now().timestamp()) + 170
    answer = stranger.token(grant_type=JWT, assertion=assertion(simulator, exp=expires))
    assert answer.status_code == 200


def test_a_client_signs_in_with_its_secret(simulator: Simulator, stranger: Visitor) -> None:
    found = simulator.credentials("client_credentials")
    secret = found["secrets"]["client_secret"]
    form = {"grant_type": "client_credentials", "client_id": found["client_id"]}
    assert stranger.token(**form, client_secret=secret).status_code == 200
    assert problem(stranger.token(**form, client_secret="no"))[1] == "invalid_client"
    stranger.session.auth = (found["client_id"], secret)
    assert stranger.token(grant_type="client_credentials").status_code == 200


def test_a_password_needs_the_right_one(simulator: Simulator, stranger: Visitor) -> None:
    found = simulator.credentials("password")
    secrets = found["secrets"]
    form = {
        "grant_type": "password",
        "client_id": found["client_id"],
        "client_secret": secrets["client_secret"],
        "username": found["username"],
    }
    whole = secrets["password"] + secrets["security_token"]
    assert stranger.token(**form, password=whole).status_code == 200
    assert problem(stranger.token(**form, password="no")) == (
        400,
        "invalid_grant",
        "authentication failure",
    )
    assert problem(stranger.token(grant_type="telepathy"))[1] == "unsupported_grant_type"


def test_the_old_login_speaks_xml(simulator: Simulator, stranger: Visitor) -> None:
    found = simulator.credentials("password")
    whole = found["secrets"]["password"] + found["secrets"]["security_token"]
    for password, status, word in ((whole, 200, "sessionId"), ("no", 500, "INVALID_LOGIN")):
        envelope = f"<n1:username>{found['username']}</n1:username>"
        envelope += f"<n1:password>{password}</n1:password>"
        answer = stranger.call("POST", "/services/Soap/u/60.0", data=envelope)
        assert answer.status_code == status
        assert word in answer.text


class TestRotation:
    def refresh(self, visitor: Visitor, token: str) -> dict[str, str]:
        found = visitor.simulator.credentials("client_credentials")
        answer = visitor.token(
            grant_type="refresh_token",
            client_id=found["client_id"],
            client_secret=found["secrets"]["client_secret"],
            refresh_token=token,
        )
        return {"status": str(answer.status_code), **answer.json()}

    def test_each_refresh_gives_another_token(
        self, simulator: Simulator, stranger: Visitor
    ) -> None:
        token = simulator.credentials("refresh")["secrets"]["refresh_token"]
        seen = {token}
        for _ in range(3):
            found = self.refresh(stranger, token)
            assert found["status"] == "200"
            token = found["refresh_token"]
            assert token not in seen
            seen.add(token)
        assert simulator.ledger.reused == []
        assert sum(simulator.ledger.refresh_uses.values()) == 3

    def test_the_old_session_and_its_locators_die(
        self, simulator: Simulator, stranger: Visitor
    ) -> None:
        simulator.pages.least = simulator.pages.usual = 10
        token = simulator.credentials("refresh")["secrets"]["refresh_token"]
        first = self.refresh(stranger, token)
        stranger.come_with(first["access_token"])
        more = stranger.query("SELECT Id FROM Opportunity").json()["nextRecordsUrl"]
        second = self.refresh(stranger, first["refresh_token"])
        assert stranger.query("SELECT Id FROM Account").status_code == 401
        stranger.come_with(second["access_token"])
        assert stranger.query("SELECT Id FROM Account").status_code == 200
        assert stranger.get(more).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"

    def test_a_token_used_again_ends_everything_and_is_noted(
        self, simulator: Simulator, stranger: Visitor
    ) -> None:
        token = simulator.credentials("refresh")["secrets"]["refresh_token"]
        found = self.refresh(stranger, token)
        again = self.refresh(stranger, token)
        assert (again["status"], again["error"]) == ("400", "invalid_grant")
        assert simulator.ledger.reused == [fingerprint(token)]
        assert simulator.ledger.refresh_uses[fingerprint(token)] == 2
        assert self.refresh(stranger, found["refresh_token"])["status"] == "400"
        stranger.come_with(found["access_token"])
        assert stranger.query("SELECT Id FROM Account").status_code == 401

    def test_a_token_of_nobody_is_refused_and_is_no_reuse(
        self, simulator: Simulator, stranger: Visitor
    ) -> None:
        assert self.refresh(stranger, "5Aep-unknown")["status"] == "400"
        assert simulator.ledger.reused == []


def test_sessions_end(simulator: Simulator, visitor: Visitor) -> None:
    refused = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    simulator.clock.advance(SESSION_LASTS)
    assert visitor.query("SELECT Id FROM Account").json() == refused
    visitor.sign_in()
    assert visitor.query("SELECT Id FROM Account").status_code == 200
    simulator.expire_sessions()
    assert visitor.get(f"{DATA}/limits").status_code == 401


def test_no_secret_is_written_down(simulator: Simulator, visitor: Visitor) -> None:
    visitor.query("SELECT Id FROM Account")
    token = visitor.session.headers["Authorization"]
    assert str(token).removeprefix("Bearer ") not in repr(simulator.ledger)
    assert simulator.ledger.access_tokens == [fingerprint(str(token).removeprefix("Bearer "))]
