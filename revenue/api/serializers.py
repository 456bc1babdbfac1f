from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from revenue.api.strict import StrictSerializer, Text, Whole
from revenue.users.models import ApiKey, AuditEvent, Membership, Org, User
from revenue.users.models.user import validate_timezone
from revenue.users.roles import Role

# A text that holds more than white space, and no NUL.
SAYS_SOMETHING = r"^[^\x00]*[^\x00\s][^\x00]*$"


@extend_schema_field(
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": SAYS_SOMETHING}
)
class NameField(Text):
    pass


class OrgSerializer(serializers.ModelSerializer[Org]):
    class Meta:
        model = Org
        fields = ("slug", "name", "kind", "timezone", "data_as_of")
        read_only_fields = fields


class OwnOrgSerializer(serializers.ModelSerializer[Membership]):
    """An org, as one of its members sees it."""

    slug = serializers.SlugField(source="org.slug")
    name = serializers.CharField(source="org.name")
    kind = serializers.ChoiceField(source="org.kind", choices=Org.Kind.choices)
    timezone = serializers.CharField(source="org.timezone")
    data_as_of = serializers.DateTimeField(source="org.data_as_of", allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = Membership
        fields = ("slug", "name", "kind", "timezone", "data_as_of", "role")
        read_only_fields = fields


class MeSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "email", "full_name", "timezone", "theme")
        read_only_fields = fields


class ProfileSerializer(StrictSerializer):
    full_name = NameField(max_length=200, required=False)
    timezone = Text(
        max_length=64,
        required=False,
        validators=[validate_timezone],
        help_text="A name of the tz database, such as Europe/Berlin.",
    )
    theme = serializers.ChoiceField(choices=User.Theme.choices, required=False)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="user.full_name")
    email = serializers.EmailField(source="user.email")
    is_active = serializers.SerializerMethodField(help_text="May sign in and see this org.")
    joined_at = serializers.DateTimeField(source="created_at")
    reports_to = serializers.IntegerField(
        source="reports_to_id", allow_null=True, help_text="Id of another member."
    )

    class Meta:
        model = Membership
        fields = (
            "id",
            "name",
            "email",
            "role",
            "is_active",
            "reports_to",
            "joined_at",
            "last_seen_at",
        )
        read_only_fields = fields

    def get_is_active(self, member: Membership) -> bool:
        return member.is_active and member.user.is_active


class MemberFilters(StrictSerializer):
    role = serializers.ChoiceField(choices=Role.choices, required=False)
    active = serializers.BooleanField(required=False)
    search = serializers.CharField(
        required=False, max_length=200, allow_blank=True, help_text="Part of a name or e-mail."
    )


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    actor = serializers.IntegerField(
        source="actor_id", allow_null=True, help_text="Id of a person; null where nobody is known."
    )
    detail = serializers.DictField(help_text="More, by kind of deed.")

    class Meta:
        model = AuditEvent
        fields = (
            "id",
            "happened_at",
            "action",
            "actor",
            "actor_email",
            "subject",
            "subject_id",
            "detail",
            "ip",
            "user_agent",
            "request_id",
        )
        read_only_fields = fields


class AuditFilters(StrictSerializer):
    action = serializers.ChoiceField(choices=AuditEvent.Action.choices, required=False)
    actor = serializers.EmailField(required=False, help_text="E-mail of who did it.")
    since = serializers.DateTimeField(required=False, help_text="This moment or later.")
    until = serializers.DateTimeField(required=False, help_text="Before this moment.")


class ApiKeySerializer(serializers.ModelSerializer[ApiKey]):
    org = serializers.SlugRelatedField[Org](
        slug_field="slug", read_only=True, help_text="Null: every org of yours.", allow_null=True
    )

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id",
            "name",
            "prefix",
            "scope",
            "org",
            "created_at",
            "expires_at",
            "last_used_at",
            "last_used_ip",
            "revoked_at",
        )
        read_only_fields = fields


class NewKeySerializer(StrictSerializer):
    name = NameField(max_length=100, help_text="What uses it.")
    scope = serializers.ChoiceField(choices=ApiKey.Scope.choices, default=ApiKey.Scope.READ)
    org = serializers.SlugField(
        max_length=50, allow_null=True, default=None, help_text="Null: every org of yours."
    )
    expires_in_days = Whole(min_value=1, max_value=366, default=90)


class MadeKeySerializer(ApiKeySerializer):
    secret = serializers.SerializerMethodField(help_text="Shown this once. Keep it safe.")

    class Meta(ApiKeySerializer.Meta):
        fields = (*ApiKeySerializer.Meta.fields, "secret")
        read_only_fields = fields

    def get_secret(self, _key: ApiKey) -> str:
        return str(self.context["secret"])


class SignInSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    password = Text(max_length=1000, trim_whitespace=False)
    code = Text(
        max_length=64,
        required=False,
        help_text="Of an authenticator app, or a recovery code; where a second factor is set up.",
    )


class RefreshSerializer(StrictSerializer):
    refresh = Text(max_length=4000)


class TokenPairSerializer(serializers.Serializer[Any]):
    token_type = serializers.ChoiceField(choices=["Bearer"])
    access = serializers.CharField(help_text="For the header Authorization.")
    access_seconds = serializers.IntegerField(help_text="How long it lives.")
    refresh = serializers.CharField(help_text="Works once, at /api/v1/tokens/refresh.")
    refresh_seconds = serializers.IntegerField()
