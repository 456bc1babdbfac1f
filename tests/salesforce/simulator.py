"""A Salesforce of one's own: a world, a clock and a server that speaks of it."""

import random
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.salesforce import tiny
from tests.salesforce.application import Application
from tests.salesforce.behaviours import BEHAVIOURS, Enacted, Scene
from tests.salesforce.clock import START, VirtualClock
from tests.salesforce.ids import record_id
from tests.salesforce.ledger import Ledger
from tests.salesforce.plan import Plan
from tests.salesforce.server import Server
from tests.salesforce.store import Store
from tests.salesforce.tls import server_contexts
from tests.salesforce.worlds import Speaking, Spoken


def source_of(world: tiny.Source | Speaking | None) -> tiny.Source | None:
    return world if world is None or isinstance(world, tiny.Source) else Spoken(world)


class Simulator:
    """`with Simulator(seed=1) as sim:` serves at `sim.url` until the block ends."""

    def __init__(
        self,
        *,
        seed: int = 1,
        plan: Plan | None = None,
        world: tiny.Source | Speaking | None = None,
        rows: int = 40,
        organization_id: str = "",
        currency: str = "USD",
        clock: VirtualClock | None = None,
        port: int = 0,
        recordings: dict[str, str] | None = None,
    ) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.clock = clock or VirtualClock(START)
        self.plan = plan or Plan(seed=seed)
        self.ledger = Ledger()
        self.enacted: list[Enacted] = []
        self._twins: list[Simulator] = []
        organization_id = organization_id or record_id("00D", seed)
        self.store = Store(self.clock, organization_id=organization_id)
        self.store.currency = currency
        self._load(
            source_of(world) or tiny.world(seed=seed, rows=rows, until=self.clock.now()),
            recordings or {},
        )
        self.application = Application(
            store=self.store,
            clock=self.clock,
            plan=self.plan,
            ledger=self.ledger,
            enact=self.enact,
        )
        self.sign_in = self.application.sign_in
        self.sessions = self.application.sessions
        self.quota = self.application.rest.quota
        self.pages = self.application.rest.pages
        self.bulk = self.application.bulk
        self.port = port
        self.url = ""
        self.ca_path = Path()

    def _load(self, world: tiny.Source, recordings: dict[str, str]) -> None:
        for name in world.objects():
            self.store.load(
                name,
                world.rows(name),
                recording=recordings.get(name, ""),
                types=world.types(name),
            )
        organization = tiny.organization(self.store.organization_id, at=self.clock.now())
        self.store.load("Organization", [organization])

    # --- serving -------------------------------------------------------------------------

    def start(self) -> Self:
        good, bad, authority = server_contexts()

        def context() -> Any:
            return bad if self.plan.fault_for("connection", "") else good

        self._server = Server(self.port, respond=self.application.respond, context=context)
        self._folder = tempfile.TemporaryDirectory(prefix="simulator-")
        self.ca_path = Path(self._folder.name) / "ca.pem"
        self.ca_path.write_bytes(authority)
        self.port = self._server.server_address[1]
        self.url = self.sign_in.url = f"https://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        for twin in self._twins:
            twin.stop()
        self._server.stop()
        self._thread.join()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if error is None and self._server.errors:
            raise ExceptionGroup("The simulator itself broke.", self._server.errors)

    # --- for tests -----------------------------------------------------------------------

    def credentials(self, method: str) -> dict[str, Any]:
        """`method`: jwt, client_credentials, refresh or password."""
        client = self.sign_in.client
        secrets: dict[str, dict[str, str]] = {
            "jwt": {"private_key": client.private_pem},
            "client_credentials": {"client_secret": client.client_secret},
            "refresh": {"client_secret": client.client_secret},
            "password": {
                "password": client.password,
                "security_token": client.security_token,
                "client_secret": client.client_secret,
            },
        }
        found = secrets[method]
        if method == "refresh":
            found["refresh_token"] = self.sessions.new_refresh_token()
        return {
            "login_url": self.url,
            "client_id": client.client_id,
            "username": client.username,
            "secrets": found,
        }

    def obey(self, plan: Plan) -> None:
        """Another plan from the next call on."""
        self.plan = self.application.plan = plan

    def enact(self, name: str, **options: Any) -> Enacted:
        """One of the behaviours that data has over time, now; by name."""
        found = BEHAVIOURS[name](Scene(self, self.random), **options)
        self.enacted.append(found)
        return found

    def follow(self, world: tiny.Source | Speaking) -> int:
        """What differs in a later state of the world: it is new, it changed, or it is gone."""
        source = source_of(world) or tiny.World(seed=0, rows=0, until=self.clock.now())
        return sum(self.store.follow(name, source.rows(name)) for name in source.objects())

    def twin(self, *, organization_id: str) -> "Simulator":
        """Another address with the same rows, which stops when this one does."""
        clock, seed = self.clock, self.seed
        found = Simulator(seed=seed, rows=0, organization_id=organization_id, clock=clock)
        for name in self.store.objects():
            if name != "Organization":
                found.store.copy(name, self.store)
        self._twins.append(found.start())
        return found

    def expire_sessions(self) -> None:
        """Every access token is refused from now on."""
        self.sessions.expire_all()

    @property
    def organization_id(self) -> str:
        return self.store.organization_id
