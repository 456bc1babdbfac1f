"""The second wall around requests: each has its own person's orgs, and leaves nothing behind."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import psycopg
import pytest
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from accounts.models import Opportunity
from revenue.urls import urlpatterns as product
from revenue.users import wall
from revenue.users.access import public, signed_in
from revenue.users.database import base
from revenue.users.models import Membership, Org, User
from tests.factories.facts import an_opportunity
from tests.factories.people import MembershipFactory, OrgFactory, UserFactory

Facts = dict[str, Any]
ME = """
    SELECT current_user, coalesce(current_setting('revenue.orgs', true), ''),
        (SELECT count(*) FROM accounts_opportunity)
"""
OWNER = settings.DATABASES["default"]["USER"]


def facts_of(asked: BaseDatabaseWrapper) -> Facts:
    with asked.cursor() as cursor:
        cursor.execute(ME)
        row = cursor.fetchone()
    return dict(zip(("role", "orgs", "deals"), row, strict=True))


@public
def show(request: HttpRequest) -> HttpResponse:
    who = request.user.is_authenticated
    return JsonResponse(facts_of(connection) | {"signed_in": who})


@public
def show_whoever_asks(request: HttpRequest) -> HttpResponse:
    return JsonResponse(facts_of(connection))


@signed_in
def stream(request: HttpRequest) -> StreamingHttpResponse:
    """As an export: rows are read when the view has long returned."""
    return StreamingHttpResponse(f"{facts_of(connection)}\n" for _ in range(2))


@signed_in
def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(str(facts_of(connection)))


@signed_in
def roll_back(request: HttpRequest) -> HttpResponse:
    """The first statement of the request is in a transaction that comes to nothing."""
    try:
        with transaction.atomic():
            before = facts_of(connection)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
    except DatabaseError:
        return JsonResponse({"before": before, "after": facts_of(connection)})
    raise AssertionError


@signed_in
def lift(request: HttpRequest) -> HttpResponse:
    with wall.lifted():
        inside = facts_of(connection)["deals"]
    return JsonResponse({"lifted": inside, "after": facts_of(connection)["deals"]})


@shared_task(name="tests.wall.read_facts")
def read_facts() -> Facts:
    return facts_of(connection)


@signed_in
def run_task(request: HttpRequest) -> HttpResponse:
    return JsonResponse(read_facts.apply().get())


urlpatterns = [
    path("wall/show", show),
    path("wall/task", run_task),
    path("wall/show-whoever-asks", show_whoever_asks),
    path("wall/stream", stream),
    path("wall/fail", fail),
    path("wall/roll-back", roll_back),
    path("wall/lift", lift),
    *product,
]
walled = pytest.mark.urls(__name__)


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each step to the database that the wall costs."""
    found: list[object] = []
    usual: Callable[..., None] = base.DatabaseWrapper._enter

    def counted(self: Any, reach: wall.Reach | None) -> None:
        before = base.entered.get(self.connection)
        usual(self, reach)
        if base.entered.get(self.connection) is not before:
            found.append(reach)

    monkeypatch.setattr(base.DatabaseWrapper, "_enter", counted)
    return found


def a_seller(**facts: Any) -> Membership:
    """A member of an org of its own, which has a deal."""
    member = MembershipFactory(**facts)
    an_opportunity(org=member.org)
    return member


def signed_in_as(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@walled
@pytest.mark.django_db
def test_a_request_works_as_the_role_of_the_pages_in_the_orgs_of_its_person() -> None:
    one, other = a_seller(), a_seller()
    for member in (one, other, one):
        answer = signed_in_as(member.user).get("/wall/show").json()
        assert answer == {
            "role": "revenue_web",
            "orgs": str(member.org_id),
            "deals": 1,
            "signed_in": True,
        }
        assert facts_of(connection) == {"role": OWNER, "orgs": "", "deals": 2}


@walled
@pytest.mark.django_db
@pytest.mark.parametrize("switched_off", ["membership", "user", "org"])
def test_who_is_switched_off_reaches_nothing(switched_off: str) -> None:
    member = a_seller()
    client = signed_in_as(member.user)
    {
        "membership": Membership.objects.filter(pk=member.pk),
        "user": User.objects.filter(pk=member.user_id),
        "org": Org.objects.filter(pk=member.org_id),
    }[switched_off].update(is_active=False)
    answer = client.get("/wall/show").json()
    assert (answer["role"], answer["orgs"], answer["deals"]) == ("revenue_web", "", 0)


@walled
@pytest.mark.django_db
def test_nobody_reaches_nothing_and_a_superuser_everything() -> None:
    nothing = {"role": "revenue_web", "orgs": "", "deals": 0}
    assert Client().get("/wall/show").json() == nothing | {"signed_in": False}
    # Nor does somebody, in a view that did not ask who it is.
    a_seller()
    assert signed_in_as(a_seller().user).get("/wall/show-whoever-asks").json() == nothing
    everything = signed_in_as(UserFactory(is_superuser=True)).get("/wall/show").json()
    assert everything["deals"] == 2
    assert everything["role"] == "revenue_web"


@walled
@pytest.mark.django_db
def test_a_page_costs_one_step(entries: list[object]) -> None:
    client = signed_in_as(a_seller().user)
    client.get("/wall/show")
    connection.ensure_connection()
    entries.clear()
    client.get("/wall/show")
    assert len(entries) == 1


@walled
@pytest.mark.django_db
def test_a_stream_is_read_behind_the_wall_of_its_request() -> None:
    a_seller()
    member = a_seller()
    answer = signed_in_as(member.user).get("/wall/stream")
    assert isinstance(answer, StreamingHttpResponse)
    assert facts_of(connection)["role"] == OWNER
    chunks = iter(answer.streaming_content)
    for _ in range(2):
        assert next(chunks).decode().strip() == str(
            {"role": "revenue_web", "orgs": str(member.org_id), "deals": 1}
        )
        assert facts_of(connection)["role"] == OWNER


@walled
@pytest.mark.django_db
def test_a_failed_request_leaves_nothing_behind() -> None:
    client = signed_in_as(a_seller().user)
    assert client.get("/wall/fail").status_code == 500
    assert facts_of(connection) == {"role": OWNER, "orgs": "", "deals": 1}
    assert Client().get("/wall/show").json()["deals"] == 0


@walled
@pytest.mark.django_db
def test_a_transaction_that_is_rolled_back_takes_the_wall_not_with_it() -> None:
    a_seller()
    client = signed_in_as(a_seller().user)
    for _ in range(2):
        answer = client.get("/wall/roll-back").json()
        assert answer["before"] == answer["after"]
        assert answer["after"]["role"] == "revenue_web"
        assert answer["after"]["deals"] == 1


@walled
@pytest.mark.django_db
def test_what_is_lifted_comes_down_again() -> None:
    a_seller()
    answer = signed_in_as(a_seller().user).get("/wall/lift").json()
    assert answer == {"lifted": 2, "after": 1}


@pytest.fixture
def other_connection() -> Iterator[Callable[..., Any]]:
    """A connection of the product's kind beside the test's own, with options."""
    handlers: list[Any] = []

    def make(**options: Any) -> Any:
        config = {**connections["default"].settings_dict, "CONN_HEALTH_CHECKS": True}
        pool = options.pop("pool", None)
        config["OPTIONS"] = {**config["OPTIONS"]} | ({"pool": pool} if pool else {})
        handler = ConnectionHandler({"default": config | {"CONN_MAX_AGE": 0} | options})
        handlers.append(handler["default"])
        return handler["default"]

    yield make
    for each in handlers:
        each.close()
        if each.pool:
            each.close_pool()


def request_of(user: User | None) -> wall.Wall:
    request = RequestFactory().get("/")
    if user:
        request.user = user
    return wall.Wall(request)


@pytest.mark.django_db(transaction=True)
def test_a_pool_hands_nobodys_orgs_to_the_next(other_connection: Callable[..., Any]) -> None:
    one, other = a_seller(), a_seller()
    pooled = other_connection(pool={"min_size": 1, "max_size": 1})
    for user in (one.user, None, other.user, one.user):
        with wall.behind(request_of(user)):
            found = facts_of(pooled)
            # As at the end of a request that an error cut off within a transaction.
            pooled.set_autocommit(False)
            assert facts_of(pooled) == found
            pooled.close()
        orgs = list(Membership.objects.filter(user=user).values_list("org_id", flat=True))
        assert found == {
            "role": "revenue_web",
            "orgs": ",".join(map(str, orgs)),
            "deals": len(orgs),
        }
    assert facts_of(pooled) == {"role": OWNER, "orgs": "", "deals": 2}


@pytest.mark.django_db(transaction=True)
def test_threads_that_share_a_pool_share_no_orgs(other_connection: Callable[..., Any]) -> None:
    """Every fourth request fails within a transaction, as one that is cut off does."""
    members = [a_seller() for _ in range(3)]

    def work(number: int) -> list[tuple[Facts, int]]:
        pooled = other_connection(pool={"min_size": 1, "max_size": 2})
        pooled.inc_thread_sharing()  # closed by the fixture
        found = []
        for turn in range(12):
            member = members[(number + turn) % len(members)]
            with wall.behind(request_of(member.user)):
                if turn % 4 == 3:
                    pooled.set_autocommit(False)
                found.append((facts_of(pooled), member.org_id))
                pooled.close()
        return found

    with ThreadPoolExecutor(max_workers=6) as threads:
        for found, org_id in chain.from_iterable(threads.map(work, range(6))):
            assert found == {"role": "revenue_web", "orgs": str(org_id), "deals": 1}


@walled
@pytest.mark.django_db
def test_a_task_after_a_request_is_the_owners_and_one_within_it_stays_behind_the_wall() -> None:
    """A worker asks for itself; what a request runs by itself gains nothing by being a task."""
    member = a_seller()
    a_seller()
    client = signed_in_as(member.user)
    assert client.get("/wall/show").json()["deals"] == 1
    assert read_facts.apply().get() == {"role": OWNER, "orgs": "", "deals": 2}
    assert client.get("/wall/task").json() == {
        "role": "revenue_web",
        "orgs": str(member.org_id),
        "deals": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_the_orgs_hold_though_the_pool_undid_what_another_had_set(
    other_connection: Callable[..., Any],
) -> None:
    """The first person's orgs are set for the session, the second's in what is then undone."""
    one, other = a_seller(), a_seller()
    pooled = other_connection(pool={"min_size": 1, "max_size": 1})
    with wall.behind(request_of(one.user)):
        facts_of(pooled)
        pooled.close()
    with wall.behind(request_of(other.user)):
        pooled.set_autocommit(False)
        facts_of(pooled)
        pooled.close()
        assert facts_of(pooled)["orgs"] == str(other.org_id)


@pytest.mark.django_db(transaction=True)
def test_behind_a_transaction_pooler_a_session_keeps_nothing(
    other_connection: Callable[..., Any],
) -> None:
    member = a_seller()
    a_seller()
    pooled = other_connection(DISABLE_SERVER_SIDE_CURSORS=True)
    behind = {"role": "revenue_web", "orgs": str(member.org_id), "deals": 1}
    with wall.behind(request_of(member.user)):
        assert facts_of(pooled) == behind
        assert pooled.connection.execute("SELECT current_user").fetchone() == (OWNER,)
        pooled.set_autocommit(False)
        assert facts_of(pooled) == behind
        pooled.rollback()
        assert facts_of(pooled) == behind
        pooled.commit()
        pooled.set_autocommit(True)
        assert facts_of(pooled) == behind
        assert pooled.connection.execute("SELECT current_user").fetchone() == (OWNER,)
    assert facts_of(pooled)["deals"] == 2


@pytest.mark.django_db(transaction=True)
def test_a_login_that_is_only_of_the_pages_role_reads_by_the_wall_alone(
    other_connection: Callable[..., Any],
) -> None:
    """As docs/deploy.md has it: even who resets the role stays behind the wall."""
    member = a_seller()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE revenue_pages LOGIN PASSWORD 'pages' IN ROLE revenue_web")
    try:
        pages = other_connection(USER="revenue_pages", PASSWORD="pages")
        with wall.behind(request_of(member.user)):
            assert facts_of(pages) == {
                "role": "revenue_web",
                "orgs": str(member.org_id),
                "deals": 1,
            }
            assert list(Opportunity.objects.using("default").values_list("org_id")) != []
        assert facts_of(pages) == {"role": "revenue_pages", "orgs": "", "deals": 0}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            pages.connection.execute(f"SET ROLE {OWNER}")
        pages.close()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE revenue_pages")


@walled
@pytest.mark.django_db
def test_a_key_for_one_org_reaches_no_other() -> None:
    member = a_seller()
    MembershipFactory(user=member.user, org=OrgFactory())
    request = RequestFactory().get("/")
    request.user = member.user

    class Key:
        org_id = member.org_id

    request.auth = Key()  # type: ignore[attr-defined]
    with wall.behind(wall.Wall(request)):
        assert facts_of(connection)["orgs"] == str(member.org_id)
