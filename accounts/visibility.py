"""Which rows of an org a person may read: by role, and for sellers by the hierarchy of their CRM.

Executives, admins and integrators read the whole org. A rep reads what belongs to a CRM user that
is the rep; a manager also what belongs to those below. Where the CRM knows no hierarchy at all, as
after an import of plain files, the reporting lines between members stand in for it. What cannot be
told is refused: nobody sees more because a chain is broken or runs in a circle.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from revenue.users.models import Membership, User
from revenue.users.roles import Role

WHOLE_ORG = (Role.EXECUTIVE, Role.ADMIN, Role.INTEGRATOR)

# The member, as the database knows it now: whoever is switched off anywhere is nobody.
ME = """
    me AS MATERIALIZED (
        SELECT m.id, m.org_id, o.hierarchy
        FROM users_membership m
        JOIN users_user u ON u.id = m.user_id AND u.is_active
        JOIN users_org o ON o.id = m.org_id AND o.is_active
        WHERE m.id = %s AND m.is_active
    ),
    own AS MATERIALIZED (
        SELECT c.external_id, c.role_ref
        FROM accounts_crmuser c JOIN me ON c.org_id = me.org_id AND c.membership_id = me.id
        WHERE c.deleted_at IS NULL
    )
"""
OWN = f"WITH {ME} SELECT external_id FROM own"  # noqa: S608

# One step along the line, up or down, of whichever of the three hierarchies holds in the org. Each
# person has one parent at most, so a walk up is one path, and it has an end or runs in a circle.
STEP = """
    SELECT {user_found} AS id FROM accounts_crmuser c
    WHERE lines.kind = 'managers' AND c.org_id = lines.org_id AND {user_from} = walk.id
        AND c.deleted_at IS NULL
    UNION ALL
    SELECT {role_found} FROM accounts_crmrole c
    WHERE lines.kind = 'roles' AND c.org_id = lines.org_id AND {role_from} = walk.id
        AND c.deleted_at IS NULL
    UNION ALL
    SELECT {member_found}::text COLLATE "C" FROM users_membership c
    WHERE c.org_id = lines.org_id
        AND {member_from} = CASE WHEN lines.kind = 'members' THEN walk.id::bigint END
"""
DOWN = STEP.format(
    user_found="c.external_id",
    user_from="c.manager_ref",
    role_found="c.external_id",
    role_from="c.parent_ref",
    member_found="c.id",
    member_from="c.reports_to_id",
)
UP = STEP.format(
    user_found="c.manager_ref",
    user_from="c.external_id",
    role_found="c.parent_ref",
    role_from="c.external_id",
    member_found="c.reports_to_id",
    member_from="c.id",
)
OWN_AND_BELOW = f"""
    WITH RECURSIVE {ME},
    lines AS MATERIALIZED (
        SELECT me.id, me.org_id, CASE
            WHEN EXISTS (
                SELECT FROM accounts_crmuser c
                WHERE c.org_id = me.org_id AND c.manager_ref IS NOT NULL AND c.deleted_at IS NULL
            ) OR EXISTS (
                SELECT FROM accounts_crmrole c
                WHERE c.org_id = me.org_id AND c.parent_ref IS NOT NULL AND c.deleted_at IS NULL
            ) THEN me.hierarchy ELSE 'members' END AS kind
        FROM me
    ),
    starts (id) AS MATERIALIZED (
        SELECT own.external_id FROM own, lines WHERE lines.kind = 'managers'
        UNION
        SELECT role.external_id FROM lines, own
        JOIN accounts_crmrole role ON role.external_id = own.role_ref AND role.deleted_at IS NULL
        WHERE lines.kind = 'roles' AND role.org_id = lines.org_id
        UNION
        SELECT lines.id::text COLLATE "C" FROM lines WHERE lines.kind = 'members'
    ),
    above (id) AS (
        SELECT starts.id FROM starts
        UNION ALL
        SELECT step.id FROM above walk, lines, LATERAL ({UP}) step WHERE step.id IS NOT NULL
    ) CYCLE id SET in_circle USING way,
    below (id) AS (
        SELECT step.id FROM starts walk, lines, LATERAL ({DOWN}) step
        WHERE NOT EXISTS (SELECT FROM above WHERE in_circle)
        UNION
        SELECT step.id FROM below walk, lines, LATERAL ({DOWN}) step
    )
    SELECT own.external_id FROM own
    UNION
    SELECT below.id FROM below, lines WHERE lines.kind = 'managers'
    UNION
    SELECT c.external_id FROM below, lines, accounts_crmuser c
    WHERE lines.kind = 'roles' AND c.org_id = lines.org_id AND c.role_ref = below.id
        AND c.deleted_at IS NULL
    UNION
    SELECT c.external_id FROM below, lines, accounts_crmuser c
    WHERE c.org_id = lines.org_id AND c.deleted_at IS NULL
        AND c.membership_id = CASE WHEN lines.kind = 'members' THEN below.id::bigint END
"""  # noqa: S608


class AmongAll(Func):
    """`column = ANY (ARRAY (SELECT …))`: the set is made once a query, and then found by index."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY (ARRAY"
    output_field = BooleanField()


def sees_whole_org(membership: Membership) -> bool:
    return membership.role in WHOLE_ORG


def owners_visible_to(membership: Membership) -> QuerySet[Any]:
    """The CRM users whose records the member reads because of who owns them."""
    reader = Reader(membership)
    everybody = reader.visible("CrmUser")
    return everybody if sees_whole_org(membership) else everybody.filter(reader.owns("external_id"))


def rows_visible_to(reader: Membership | User, *, model: Any) -> Q:
    """Of a membership, rows of its org alone; of a person, those of each active membership."""
    if isinstance(reader, Membership):
        return Reader(reader).condition(model)
    found = Q(pk__in=[])
    for membership in Membership.objects.active().filter(user=reader).order_by("id"):
        found |= Reader(membership).condition(model)
    return found


def matches_visible_to(reader: Membership | User) -> Q:
    """Those of whose two accounts the person reads both; of a membership, those with its org."""
    person = reader.user if isinstance(reader, Membership) else reader
    accounts: QuerySet[Any] = model_of("Account").objects.visible_to(person)
    found = Q(
        Exists(accounts.filter(org=OuterRef("org"), external_id=OuterRef("account_ref"))),
        Exists(accounts.filter(org=OuterRef("other_org"), external_id=OuterRef("other_ref"))),
    )
    if isinstance(reader, Membership):
        found &= Q(org_id=reader.org_id) | Q(other_org_id=reader.org_id)
    return found


def model_of(name: str) -> Any:
    """The models' querysets ask this module, so that it cannot import them."""
    return apps.get_model("accounts", name)


@dataclass(frozen=True)
class Reader:
    membership: Membership

    def condition(self, model: Any) -> Q:
        name = model.__name__
        of_org = Q(org_id=self.membership.org_id)
        if sees_whole_org(self.membership) or name in FOR_EVERY_MEMBER:
            return of_org & self.is_active
        return of_org & self.has_owners & RULES[name](self)

    @property
    def is_active(self) -> Q:
        return Q(Exists(Membership.objects.active().filter(pk=self.membership.pk)))

    @property
    def owners(self) -> RawSQL:
        """Ids of the CRM users whose rows are the member's to read."""
        sql = OWN_AND_BELOW if self.membership.role == Role.MANAGER else OWN
        return RawSQL(sql, (self.membership.pk,))  # noqa: S611

    @property
    def has_owners(self) -> Q:
        """Asked once, before any row is looked at: most who see nothing have no CRM user."""
        owners = self.owners
        return Q(RawSQL(f"EXISTS ({owners.sql})", owners.params, BooleanField()))  # noqa: S611

    def owns(self, column: str = "owner_ref") -> Q:
        return Q(AmongAll(F(column), self.owners))

    def visible(self, name: str) -> QuerySet[Any]:
        rows: QuerySet[Any] = model_of(name).objects.visible_to(self.membership)
        return rows

    def reads(self, name: str, column: str, *, key: str = "external_id") -> Q:
        """The record of that kind that the column names is one that the member reads.

        A rep's are few: all their ids at once. Of a manager's, each row looks for its own.
        """
        rows = self.visible(name)
        if self.membership.role == Role.MANAGER:
            return Q(Exists(rows.filter(**{key: OuterRef(column)})))
        return Q(AmongAll(F(column), Subquery(rows.exclude(**{key: None}).values(key))))


def by_owner(reader: Reader) -> Q:
    return reader.owns()


def through_opportunity(reader: Reader) -> Q:
    return reader.reads("Opportunity", "opportunity_ref")


def through_account(reader: Reader) -> Q:
    return reader.reads("Account", "account_ref")


def account(reader: Reader) -> Q:
    """As in Salesforce, whoever reads a deal reads whose deal it is."""
    return reader.owns() | reader.reads("Opportunity", "external_id", key="account_ref")


def owner_or_account(reader: Reader) -> Q:
    return reader.owns() | through_account(reader)


def owner_or_opportunity(reader: Reader) -> Q:
    return reader.owns() | through_opportunity(reader)


def activity(reader: Reader) -> Q:
    """One about a deal is for those who read the deal, not for all who read the account."""
    of_account = Q(opportunity_ref=None) & through_account(reader)
    return reader.owns() | through_opportunity(reader) | of_account


def field_change(reader: Reader) -> Q:
    found = Q(pk__in=[])
    for record in ("Opportunity", "Account", "Contact", "Lead", "Case"):
        found |= Q(record=record.lower()) & reader.reads(record, "record_ref")
    return found


def campaign_member(reader: Reader) -> Q:
    return reader.reads("Lead", "lead_ref") | reader.reads("Contact", "contact_ref")


def nothing(reader: Reader) -> Q:  # noqa: ARG001
    """For those alone who read the whole org."""
    return Q(pk__in=[])


FOR_EVERY_MEMBER = {
    "Campaign",
    "CrmRole",
    "CrmUser",
    "CurrencyRate",
    "ObjectSync",
    "Product",
    "SourceField",
    "SyncRun",
}
RULES: dict[str, Callable[[Reader], Q]] = {
    "Account": account,
    "Activity": activity,
    "CampaignMember": campaign_member,
    "Case": owner_or_account,
    "ColumnMapping": nothing,
    "Contact": owner_or_account,
    "CustomerAccount": through_account,
    "FieldChange": field_change,
    "Lead": by_owner,
    "LineItem": through_opportunity,
    "Opportunity": by_owner,
    "OpportunityContact": through_opportunity,
    "PipelineSnapshot": owner_or_opportunity,
    "Purchase": through_account,
    "Quota": by_owner,
    "RefusedRow": nothing,
    "StageChange": through_opportunity,
    "Upload": nothing,
    "UploadedFile": nothing,
}
