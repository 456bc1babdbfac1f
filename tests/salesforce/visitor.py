"""A plain client for tests of the simulator itself: it trusts, signs in and asks, nothing more."""

import csv
import io
import time
from types import TracebackType
from typing import Any, Self

import jwt
import requests

from tests.salesforce import Simulator
from tests.salesforce.oauth import JWT

DATA = "/services/data/v60.0"


def assertion(simulator: Simulator, **other: Any) -> str:
    found = simulator.credentials("jwt")
    claims = {
        "iss": found["client_id"],
        "sub": found["username"],
        "aud": simulator.url,
        "exp": int(time.time()) + 180,
    }
    return jwt.encode(claims | other, found["secrets"]["private_key"], algorithm="RS256")


def select(fields: str, object_name: str, where: str = "") -> str:
    return " ".join(["SELECT", fields, "FROM", object_name, *(["WHERE", where] if where else [])])


class Visitor:
    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        # The environment of a developer's machine may name another authority.
        self.session.trust_env = False
        self.session.verify = str(simulator.ca_path)
        self.timeout = 5.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()

    # --- signing in ----------------------------------------------------------------------

    def token(self, **form: str) -> requests.Response:
        return self.session.post(
            f"{self.simulator.url}/services/oauth2/token", data=form, timeout=self.timeout
        )

    def sign_in(self) -> Self:
        answer = self.token(grant_type=JWT, assertion=assertion(self.simulator))
        assert answer.status_code == 200, answer.text
        return self.come_with(answer.json()["access_token"])

    def come_with(self, token: str) -> Self:
        self.session.headers["Authorization"] = f"Bearer {token}"
        return self

    # --- asking --------------------------------------------------------------------------

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        url = path if path.startswith("https:") else self.simulator.url + path
        options: dict[str, Any] = {"timeout": self.timeout, "allow_redirects": False, **more}
        return self.session.request(method, url, **options)

    def get(self, path: str, **parameters: str) -> requests.Response:
        return self.call("GET", path, params=parameters)

    def query(self, soql: str, *, operation: str = "query", **headers: str) -> requests.Response:
        return self.call("GET", f"{DATA}/{operation}", params={"q": soql}, headers=headers)

    def ids(self, soql: str, *, operation: str = "query") -> list[str]:
        """Of all pages."""
        answer = self.query(soql, operation=operation).json()
        found = [row["Id"] for row in answer["records"]]
        while not answer["done"]:
            answer = self.get(answer["nextRecordsUrl"]).json()
            found += [row["Id"] for row in answer["records"]]
        return found

    def refusal(self, soql: str) -> tuple[int, str, str]:
        answer = self.query(soql)
        body = answer.json()
        return answer.status_code, body[0]["errorCode"], body[0]["message"]

    def job(self, soql: str, *, operation: str = "query") -> requests.Response:
        asked = {"operation": operation, "query": soql}
        return self.call("POST", f"{DATA}/jobs/query", json=asked)

    def complete_job(self, soql: str, *, operation: str = "query") -> str:
        answer = self.job(soql, operation=operation)
        assert answer.status_code == 200, answer.text
        job = str(answer.json()["id"])
        while self.get(f"{DATA}/jobs/query/{job}").json()["state"] != "JobComplete":
            pass
        return job

    def bulk(self, soql: str, *, operation: str = "query") -> list[dict[str, str]]:
        job = self.complete_job(soql, operation=operation)
        return rows_of(self.get(f"{DATA}/jobs/query/{job}/results"))


def rows_of(answer: requests.Response) -> list[dict[str, str]]:
    text = io.StringIO(answer.content.decode(), newline="")
    return list(csv.DictReader(text))
