from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone

from revenue.users.members import Wish
from revenue.users.models import ApiKey, Membership, Org, User
from revenue.users.roles import Role

LIFETIMES = [(30, "30 days"), (90, "90 days"), (180, "half a year"), (365, "one year")]
ROLE_HELP = (
    "A rep sees own deals, a manager those of the people below, an executive the whole org. "
    "An admin runs the org, an integrator builds on its API."
)


def timezone_choices() -> list[tuple[str, str]]:
    """The zones of places; the names that only old software uses are left out."""
    places = (name for name in available_timezones() if "/" in name and not _is_old(name))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in sorted(places))]


def _is_old(name: str) -> bool:
    return name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/"))


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("full_name", "timezone", "theme")
        labels = {"full_name": "Name", "timezone": "Time zone"}
        help_texts = {"timezone": "Moments on every page are shown in this zone."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = timezone_choices()
        current = self.instance.timezone
        if current not in dict(choices):
            choices.insert(0, (current, current))
        self.fields["timezone"] = forms.ChoiceField(
            label="Time zone", choices=choices, help_text=self.fields["timezone"].help_text
        )
        self.fields["full_name"].widget.attrs["autocomplete"] = "name"


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        max_length=100, help_text="What will use it, such as “nightly export to the warehouse”."
    )
    scope = forms.ChoiceField(
        choices=ApiKey.Scope.choices, help_text="Give no more than its use needs."
    )
    org = forms.ModelChoiceField(
        Org.objects.none(),
        label="Limit to one org",
        required=False,
        empty_label="All orgs that I belong to",
    )
    days = forms.TypedChoiceField(label="Expires after", choices=LIFETIMES, coerce=int, initial=90)

    def __init__(self, *args: Any, orgs: list[Org], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Org]", self.fields["org"])
        field.queryset = Org.objects.filter(pk__in=[org.pk for org in orgs]).order_by("name", "id")

    @property
    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class ManagerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.full_name or obj.user.email} · {obj.get_role_display()}"


def possible_managers(*, org: Org, of: Membership | None = None) -> Any:
    """Nobody reports to oneself or to someone below."""
    found = Membership.objects.active().filter(org=org).select_related("user")
    if of is not None:
        below = Membership.objects.below(of).values("pk")
        found = found.exclude(pk=of.pk).exclude(pk__in=below)
    return found.order_by("user__full_name", "id")


class InviteForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}), max_length=254
    )
    full_name = forms.CharField(
        label="Name",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(choices=Role.choices, initial=Role.REP, help_text=ROLE_HELP)
    reports_to = ManagerField(
        Membership.objects.none(), label="Reports to", required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, org: Org, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("ManagerField", self.fields["reports_to"])
        field.queryset = possible_managers(org=org)


class MemberForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices, help_text=ROLE_HELP)
    reports_to = ManagerField(
        Membership.objects.none(), label="Reports to", required=False, empty_label="Nobody"
    )
    is_active = forms.BooleanField(
        label="Active member",
        required=False,
        help_text="Switched off, the person no longer sees this org. Their history stays.",
    )

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "role": membership.role,
            "reports_to": membership.reports_to_id,
            "is_active": membership.is_active,
        }
        super().__init__(*args, **kwargs)
        field = cast("ManagerField", self.fields["reports_to"])
        managers = possible_managers(org=membership.org, of=membership)
        if membership.reports_to_id:
            # One who has left stays visible until somebody chooses another.
            managers = managers | Membership.objects.filter(
                pk=membership.reports_to_id
            ).select_related("user").order_by("user__full_name", "id")
        field.queryset = managers

    @property
    def wish(self) -> Wish:
        data = self.cleaned_data
        return Wish(role=data["role"], reports_to=data["reports_to"], is_active=data["is_active"])
