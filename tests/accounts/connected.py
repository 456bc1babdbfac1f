"""An org, its admin at the pages, and a Salesforce to connect it to; jobs are done at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from django.urls import reverse

from accounts import tasks
from accounts.models import Connection
from revenue.jobs.attempts import attempt_job
from revenue.jobs.failures import TRANSIENT
from revenue.jobs.models import Job
from revenue.jobs.running import JobTask
from revenue.users.models import Org, User
from revenue.users.roles import Role
from tests.factories.people import MembershipFactory, OrgFactory
from tests.salesforce import Simulator

TASKS: dict[str, JobTask] = {task.name: task for task in (tasks.try_connection, tasks.sync_org)}
# As the connection's page calls them, and as the simulator does.
METHODS = {
    "jwt": "jwt",
    "client_credentials": "client_credentials",
    "refresh_token": "refresh",
    "password": "password",
}

SECRETS = {"private_key", "client_secret", "refresh_token", "password", "security_token"}


def a_private_key() -> str:
    made = generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def perform(job: Job) -> Job:
    """What a worker does with it."""
    function: Callable[..., Any] = TASKS[job.task].function
    attempt_job(job_id=str(job.pk), function=function, transient=TRANSIENT)
    job.refresh_from_db()
    return job


def wish_for(sim: Simulator, method: str, **changes: str) -> dict[str, str]:
    """What an admin types into the form of the method."""
    told = sim.credentials(METHODS[method])
    whole = {name: told[name] for name in ("login_url", "client_id", "username")}
    return {**whole, **told["secrets"], **changes}


@dataclass
class Desk:
    org: Org
    user: User
    client: Client

    @classmethod
    def of(cls, client: Client, *, kind: str = Org.Kind.SALESFORCE, role: Role = Role.ADMIN) -> Any:
        org = OrgFactory(kind=kind)
        user = MembershipFactory(org=org, role=role).user
        client.force_login(user)
        return cls(org, user, client)

    def address(self, name: str, *more: Any) -> str:
        return reverse(f"accounts:{name}", args=[self.org.slug, *more])

    def read(self, name: str, *more: Any, **query: str) -> str:
        response = self.client.get(self.address(name, *more), query)
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    def send(self, name: str, *more: Any, **form: str) -> Any:
        return self.client.post(self.address(name, *more), form, follow=True)

    def connect(self, method: str, wish: dict[str, str]) -> Any:
        return self.client.post(f"{self.address('connection-show')}?method={method}", wish)

    def connection(self) -> Connection:
        return Connection.objects.get(org=self.org)

    def job(self, key: str) -> Job:
        return Job.objects.unfinished().get(org=self.org, dedupe_key=key)

    def perform(self, key: str) -> Job:
        return perform(self.job(key))
