"""Schemathesis against the OpenAPI document, as each role: no failure, no answer that it lacks.

API_FUZZ_EXAMPLES makes a larger campaign, with other values each time: 300 before a release.
"""

import os
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from revenue.users.models import Membership
from revenue.users.roles import Role
from tests.api.clients import access_of, secret_of
from tests.factories.people import MembershipFactory, OrgFactory

EXAMPLES = os.environ.get("API_FUZZ_EXAMPLES", "")
PERSONAS = ["anonymous", *Role.values, "reading key", "key of one org"]


def make_schema(*, systematic: bool) -> Any:
    """`systematic` adds each boundary of each parameter, which is most of the time it takes."""
    config = SchemathesisConfig()
    config.projects.default.phases.coverage.enabled = systematic
    config.projects.default.generation.update(with_security_parameters=False)
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    loaded = schemathesis.openapi.from_dict(document, config=config)
    loaded.app = get_wsgi_application()
    return loaded


thorough, quick = make_schema(systematic=True), make_schema(systematic=bool(EXAMPLES))


@pytest.fixture(autouse=True)
def no_limits(settings: LazySettings) -> None:
    """Limits are tested on their own; here they would hide everything else."""
    settings.API_RATE_LIMITS = dict.fromkeys(settings.API_RATE_LIMITS, "1000000/minute")
    settings.ACCOUNT_RATE_LIMITS = dict.fromkeys(settings.ACCOUNT_RATE_LIMITS, "1000000/m/ip")
    settings.ALLOWED_HOSTS = ["localhost"]


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A request's end would close the connection that holds the test's transaction."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture(params=PERSONAS)
def persona(request: pytest.FixtureRequest, db: None) -> str:
    return str(request.param)


@pytest.fixture
def member(persona: str) -> Membership:
    org = OrgFactory.create()
    for role in Role:
        MembershipFactory(org=org, role=role)
    role = Role(persona) if persona in Role.values else Role.ADMIN
    return MembershipFactory(org=org, role=role)


@pytest.fixture
def headers(persona: str, member: Membership) -> dict[str, str]:
    if persona == "anonymous":
        return {}
    if persona == "reading key":
        secret = secret_of(member.user, scope="read")
    elif persona == "key of one org":
        secret = secret_of(member.user, org=member.org)
    else:
        secret = access_of(member.user)
    return {"Authorization": f"Bearer {secret}"}


def lead_to(case: Any, *, member: Membership) -> None:
    """A random org is nearly always 404: three times of four, take one that is there."""
    slug = case.path_parameters.get("org_slug")
    drawn = case.meta and case.meta.components.get(ParameterLocation.PATH)
    if not isinstance(slug, str) or (drawn and drawn.mode.is_negative):
        return
    if zlib.crc32(slug.encode()) % 4:
        case.path_parameters["org_slug"] = member.org.slug


fuzzed = settings(
    max_examples=int(EXAMPLES or "6"),
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def check(case: Any, **options: Any) -> None:
    # What a document can say is less than what a value must be: a cursor of ours, a time zone.
    case.call_and_validate(excluded_checks=[positive_data_acceptance], **options)


@quick.exclude(tag="tokens").parametrize()  # type: ignore[untyped-decorator]
@fuzzed
def test_document_is_kept(case: Any, headers: dict[str, str], member: Membership) -> None:
    lead_to(case, member=member)
    check(case, headers=headers)


@thorough.exclude(tag="tokens").parametrize()  # type: ignore[untyped-decorator]
@fuzzed
@pytest.mark.parametrize("persona", ["admin"], indirect=True)
def test_document_is_kept_at_every_boundary(
    case: Any, headers: dict[str, str], member: Membership
) -> None:
    lead_to(case, member=member)
    check(case, headers=headers)


@thorough.include(tag="tokens").parametrize()  # type: ignore[untyped-decorator]
@fuzzed
def test_document_is_kept_by_tokens(case: Any, db: None) -> None:
    """These ask nobody who they are, so one persona stands for all."""
    check(case)
