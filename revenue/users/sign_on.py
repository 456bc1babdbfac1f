"""Single sign-on by OpenID Connect: who a provider may sign in, and whom it may bring along.

A provider is a SocialApp. Its settings hold, beside what allauth reads (server_url):
    client_secret   encrypted with SECRET_ENCRYPTION_KEYS
    trust_email     true: a verified e-mail of an existing person signs that person in
    org             slug: the trust reaches people of this org alone; never a superuser, nor
                    somebody who is a member elsewhere too and would open that org as well
    domains         e-mail domains that the provider may speak for; none given, all
    default_role    with `org`: a stranger with a verified e-mail becomes a member with this role
"""

from collections.abc import Callable

from allauth.socialaccount.models import SocialApp, SocialLogin
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from revenue.users import audit, encryption, wall
from revenue.users.models import AuditEvent, Membership, Org, User
from revenue.users.models.user import UserManager
from revenue.users.roles import Role

SECRET = "client_secret"  # noqa: S105
GRANTABLE = (Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.INTEGRATOR)


def client_secret(app: SocialApp) -> str:
    stored = app.settings.get(SECRET)
    return encryption.decrypt(stored) if stored else str(app.secret)


def keep_client_secret(app: SocialApp, *, secret: str) -> None:
    """In the settings, because an encrypted secret outgrows the column that allauth has for it."""
    app.secret = ""
    app.settings = app.settings | {SECRET: encryption.encrypt(secret)}


def verified_email(sociallogin: SocialLogin) -> str:
    """Only what the provider calls verified; the word "false" is truthy, so it is compared."""
    for address in sociallogin.email_addresses:
        if address.verified is True or address.verified == "true":
            return UserManager.normalize_email(address.email)
    return ""


def speaks_for(*, app: SocialApp, email: str) -> bool:
    domains = [str(each).lower() for each in app.settings.get("domains") or []]
    return bool(email) and (not domains or email.rpartition("@")[2] in domains)


@wall.lifted()
def person_of(*, app: SocialApp, email: str) -> User | None:
    if not (app.settings.get("trust_email") is True and speaks_for(app=app, email=email)):
        return None
    people = User.objects.filter(email=email)
    if slug := app.settings.get("org"):
        here = Membership.objects.active().filter(user=OuterRef("pk"), org__slug=slug)
        elsewhere = Membership.objects.filter(user=OuterRef("pk")).exclude(org__slug=slug)
        people = people.filter(Exists(here), ~Exists(elsewhere), is_superuser=False)
    return people.first()


@wall.lifted()
def home_of_strangers(app: SocialApp) -> tuple[Org, Role] | None:
    org = Org.objects.active().filter(slug=app.settings.get("org") or "").first()
    role = app.settings.get("default_role")
    return (org, Role(role)) if org and role in GRANTABLE else None


def may_create(*, app: SocialApp, email: str) -> bool:
    """Never a second person of an address that is taken, whoever says so."""
    if not speaks_for(app=app, email=email) or User.objects.filter(email=email).exists():
        return False
    return home_of_strangers(app) is not None


@wall.lifted()
@transaction.atomic
def create_person(
    *, user: User, app: SocialApp, email: str, save: Callable[[], None], request: HttpRequest
) -> Membership:
    home = home_of_strangers(app)
    if home is None:
        raise ValueError("Check may_create before create_person.")
    org, role = home
    user.email = email
    user.set_unusable_password()
    save()
    membership = Membership.objects.create(user=user, org=org, role=role)
    detail = {"provider": app.provider_id, "role": str(role)}
    for action in (AuditEvent.Action.USER_CREATED, AuditEvent.Action.MEMBER_ADDED):
        audit.record(action, by=user, org=org, subject=user, detail=detail, request=request)
    return membership
