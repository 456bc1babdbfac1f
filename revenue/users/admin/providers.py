from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialApp
from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from revenue.users import sign_on
from revenue.users.admin.scope import Superusers
from revenue.users.models import AuditEvent, Org

OWN = ("server_url", "trust_email", "domains", "org", "default_role")
KIND = "openid_connect"


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]
    provider_id = forms.SlugField(
        label="Short name",
        max_length=50,
        help_text="Stands in the address that the provider returns to: "
        "/account/oidc/<short name>/login/callback/. Register that address there.",
    )
    server_url = forms.URLField(
        label="Issuer address",
        assume_scheme="https",
        help_text="Such as https://login.example.com/realms/acme; its "
        "/.well-known/openid-configuration is read from there.",
    )
    client_secret = forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Kept encrypted and never shown. Leave empty to keep the one there is.",
    )
    trust_email = forms.BooleanField(
        label="Trust its verified e-mail addresses",
        required=False,
        help_text="Somebody whose verified address there equals an account's here signs in to it. "
        "Trust only a provider that proves addresses: it can sign in as anyone it may name.",
    )
    domains = forms.CharField(
        label="Only for these e-mail domains",
        required=False,
        help_text="Separated by spaces, such as acme.com acme.de. Empty: all.",
    )
    org = forms.ModelChoiceField(
        Org.objects.none(),
        required=False,
        empty_label="Any org",
        help_text="With an org, the trust reaches people of that org alone, and no superuser.",
    )
    default_role = forms.ChoiceField(
        label="Role of people who have no account yet",
        required=False,
        choices=[("", "None: they are refused"), *((r.value, r.label) for r in sign_on.GRANTABLE)],
        help_text="Needs an org. They become its members at their first sign-in.",
    )

    class Meta:
        model = SocialApp
        fields = ("name", "provider_id", "client_id")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.settings or {}
        self.fields["org"].queryset = Org.objects.active().order_by("name", "id")  # type: ignore[attr-defined]
        self.initial.update({name: stored.get(name) for name in OWN})
        self.initial["domains"] = " ".join(stored.get("domains") or [])
        self.initial["org"] = Org.objects.filter(slug=stored.get("org") or "").first()

    def clean_provider_id(self) -> str:
        found: str = self.cleaned_data["provider_id"]
        if SocialApp.objects.exclude(pk=self.instance.pk).filter(provider_id=found).exists():
            raise ValidationError("Another provider has this short name. Choose another.")
        return found

    def clean_domains(self) -> list[str]:
        words: list[str] = self.cleaned_data["domains"].replace(",", " ").lower().split()
        if any("@" in word or "." not in word for word in words):
            raise ValidationError("Enter domains, such as acme.com.")
        return words

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("default_role") and not data.get("org"):
            raise ValidationError({"org": "Choose the org that people without an account join."})
        if not self.instance.pk and not data.get("client_secret"):
            self.add_error("client_secret", "Enter the secret that the provider gave you.")
        return data

    def save(self, commit: bool = True) -> Any:
        app, data = self.instance, self.cleaned_data
        app.provider = KIND
        org = data["org"]
        app.settings = (app.settings or {}) | {
            "server_url": data["server_url"],
            "trust_email": data["trust_email"],
            "domains": data["domains"],
            "org": org.slug if org else None,
            "default_role": data["default_role"] or None,
        }
        if data["client_secret"]:
            sign_on.keep_client_secret(app, secret=data["client_secret"])
        return super().save(commit=commit)


@admin.register(SocialApp)
class ProviderAdmin(Superusers):
    form = ProviderForm
    action = AuditEvent.Action.CREDENTIAL_CHANGED
    list_display = ("name", "provider_id", "server_url", "org", "trusted")
    search_fields = ("name", "provider_id", "client_id")
    ordering = ("name", "id")

    @admin.display(description="Issuer")
    def server_url(self, obj: SocialApp) -> str:
        return str(obj.settings.get("server_url", ""))

    @admin.display(description="Org")
    def org(self, obj: SocialApp) -> str:
        return obj.settings.get("org") or "any"

    @admin.display(description="E-mail trusted", boolean=True)
    def trusted(self, obj: SocialApp) -> bool:
        return obj.settings.get("trust_email") is True


@admin.register(SocialAccount)
class IdentityAdmin(Superusers):
    action = AuditEvent.Action.IDENTITY_UNLINKED
    list_display = ("user", "provider", "uid", "last_login")
    list_filter = ("provider",)
    list_select_related = ("user",)
    search_fields = ("uid", "user__email")
    ordering = ("-id",)
    fields = readonly_fields = ("user", "provider", "uid", "last_login", "date_joined")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def note(self, request: HttpRequest, obj: Any, did: str, fields: list[str]) -> None:
        super().note(request, obj.user, did, [*fields, str(obj.provider)])
