from typing import Any, Generic, TypeVar

from django.db.models import Model
from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory, Password

from revenue.users.models import Membership, Org, OrgGroup, User
from revenue.users.roles import Role

PASSWORD = "a long enough pass phrase"
Made = TypeVar("Made", bound=Model)


class Typed(DjangoModelFactory[Made], Generic[Made]):
    """A call of a factory makes what it is a factory of; the library says so to nobody."""

    class Meta:
        abstract = True

    def __new__(cls, **fields: Any) -> Made:  # type: ignore[misc]
        return cls.create(**fields)


class UserFactory(Typed[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda n: f"person{n}@example.com")
    full_name = Sequence(lambda n: f"Person {n}")
    password = Password(PASSWORD)


class OrgGroupFactory(Typed[OrgGroup]):
    class Meta:
        model = OrgGroup

    name = Sequence(lambda n: f"Group {n}")


class OrgFactory(Typed[Org]):
    class Meta:
        model = Org

    slug = Sequence(lambda n: f"org-{n}")
    name = Sequence(lambda n: f"Org {n}")


class MembershipFactory(Typed[Membership]):
    class Meta:
        model = Membership

    user = SubFactory(UserFactory)
    org = SubFactory(OrgFactory)
    role = Role.REP
