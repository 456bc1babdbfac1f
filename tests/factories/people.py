import factory
from factory.django import DjangoModelFactory

from revenue.users.models import Membership, Org, OrgGroup, User
from revenue.users.roles import Role

PASSWORD = "a long enough pass phrase"


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    full_name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


class OrgGroupFactory(DjangoModelFactory[OrgGroup]):
    class Meta:
        model = OrgGroup

    name = factory.Sequence(lambda n: f"Group {n}")


class OrgFactory(DjangoModelFactory[Org]):
    class Meta:
        model = Org

    slug = factory.Sequence(lambda n: f"org-{n}")
    name = factory.Sequence(lambda n: f"Org {n}")


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    org = factory.SubFactory(OrgFactory)
    role = Role.REP
