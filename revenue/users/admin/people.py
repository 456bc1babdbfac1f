from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet
from django.http import HttpRequest

from revenue.users import members
from revenue.users.admin.scope import OrgAdmins, actor, orgs_of
from revenue.users.models import AuditEvent, Membership, Org, User
from revenue.users.models.user import UserManager
from revenue.users.password_mail import send_password_link
from revenue.users.roles import Role


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "full_name", "timezone", "is_active", "is_superuser")

    def clean_email(self) -> str:
        return UserManager.normalize_email(self.cleaned_data["email"])

    def clean_is_active(self) -> bool:
        on = bool(self.cleaned_data["is_active"])
        if self.instance.pk and not on:
            orgs = list(Org.objects.filter(memberships__user=self.instance).distinct())
            members.lock(*orgs)
            for org in orgs:
                self.refuse_last_admin(org)
        return on

    def refuse_last_admin(self, org: Org) -> None:
        admins = Membership.objects.active().filter(org=org, role="admin")
        if admins.exists() and not admins.exclude(user=self.instance).exists():
            raise ValidationError(members.LAST_ADMIN.format(org=org))


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """To read: roles are changed under Memberships, where their rules are."""

    model = Membership
    extra = 0
    can_delete = False
    fields = readonly_fields = ("org", "role", "reports_to", "is_active", "last_seen_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = (
            super()
            .get_queryset(request)
            .select_related("org", "reports_to__user", "reports_to__org", "user")
        )
        user = actor(request)
        return found if user.is_superuser else found.filter(org__in=Org.objects.run_by(user))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


def fully_run_by(user: User) -> Q:
    """People all of whose orgs this admin runs: only theirs may be changed for everywhere.

    Memberships behind the wall are not there for this request, and count all the same.
    """
    elsewhere = Membership.objects.filter(user=OuterRef("pk")).exclude(
        org__in=Org.objects.run_by(user).values("pk")
    )
    hidden = Func(F("pk"), function="wall_hides_org_of", output_field=BooleanField())
    return Q(is_superuser=False) & ~Q(Exists(elsewhere)) & ~Q(hidden)


class RoleFilter(admin.SimpleListFilter):
    """By roles in the orgs that the reader runs: those elsewhere are nobody else's business."""

    title = parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [(role.value, str(role.label)) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not (role := self.value()):
            return queryset
        held = Membership.objects.filter(role=role, org__in=orgs_of(request).values("pk"))
        return queryset.filter(pk__in=held.values("user"))


@admin.register(User)
class UserAdmin(OrgAdmins):
    form = UserForm
    action = AuditEvent.Action.USER_CHANGED
    list_display = ("email", "full_name", "is_active", "is_superuser", "last_login", "date_joined")
    list_filter = ("is_active", "is_superuser", RoleFilter)
    search_fields = ("email", "full_name")
    ordering = ("email", "id")
    date_hierarchy = "date_joined"
    readonly_fields = ("last_login", "date_joined")
    inlines = (MembershipInline,)
    actions = ("send_password_link",)

    def rows(self, queryset: QuerySet[Any], *, orgs: QuerySet[Org], user: User) -> QuerySet[Any]:  # noqa: ARG002
        theirs = Membership.objects.filter(user=OuterRef("pk"), org__in=orgs.values("pk"))
        return queryset.filter(Exists(theirs))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        user = actor(request)
        if obj is None or user.is_superuser:
            return True
        return User.objects.filter(fully_run_by(user), pk=obj.pk).exists()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:  # noqa: ARG002
        if actor(request).is_superuser:
            return self.readonly_fields
        return (*self.readonly_fields, "is_superuser")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        # allauth keeps addresses of its own, and would send links to those that are no longer.
        EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()

    def action_for(self, did: str) -> AuditEvent.Action:
        return AuditEvent.Action.USER_CREATED if did == "added" else self.action

    @admin.action(description="Send a link to choose a password")
    def send_password_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Nobody types another's password. Somebody also at home in a foreign org is left alone."""
        user = actor(request)
        allowed = queryset.filter(is_active=True)
        if not user.is_superuser:
            allowed = allowed.filter(fully_run_by(user))
        sent = [
            person
            for person in allowed
            if send_password_link(user=person, by=user, request=request)
        ]
        left = queryset.count() - len(sent)
        if sent:
            messages.success(request, f"A link was sent to {len(sent)} people.")
        if left:
            messages.warning(
                request,
                f"{left} got none: they are switched off, are superusers, belong to an org that "
                "you do not run, or the mail could not be sent.",
            )
