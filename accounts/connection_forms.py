"""Forms of the connection page. What is secret goes in and never comes out again."""

from typing import Any, ClassVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django import forms
from django.core.exceptions import ValidationError

from accounts.connecting import Wish
from accounts.connectors.base import ConnectorError
from accounts.connectors.salesforce.hosts import allowed_origin, is_production_login
from accounts.models import Connection
from accounts.schedule import LONGEST, SHORTEST, Pace, Schedule

Method = Connection.Method
LOGIN_SERVERS = ("https://login.salesforce.com", "https://test.salesforce.com")
SMALLEST_KEY_BITS = 2048
STAYS = "Empty: the one that is there stays."
NONE_NEEDED = "Empty where the app requires none."
QUIET = {"autocomplete": "off", "spellcheck": "false"}
SCALES = [
    ("small", "Small: 2 thousand deals"),
    ("medium", "Medium: 50 thousand deals"),
    ("large", "Large: 1 million deals"),
]


class WriteOnlyText(forms.Textarea):
    """Also after a mistake elsewhere in the form it comes back empty."""

    def format_value(self, value: Any) -> str:  # noqa: ARG002
        return ""


def secret_field(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(
        render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"}
    )
    return forms.CharField(
        label=label, required=required, max_length=4000, widget=widget, help_text=help_text
    )


class PrivateKeyField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label="Private key",
            max_length=20_000,
            widget=WriteOnlyText(attrs={**QUIET, "rows": 6}),
            help_text="The whole PEM text of the key whose certificate the app in Salesforce has.",
        )

    def clean(self, value: Any) -> str:
        return checked_key(super().clean(value))


def checked_key(pem: str) -> str:
    """No message repeats anything of what was pasted."""
    if "BEGIN CERTIFICATE" in pem or "PUBLIC KEY" in pem:
        raise ValidationError(
            "This is the certificate or the public key. Paste the private key that belongs to it; "
            "the certificate goes into the app in Salesforce."
        )
    try:
        key = load_pem_private_key(pem.strip().encode(), password=None)
    except TypeError:
        raise ValidationError(
            "This key is locked with a pass phrase. Paste it without one: "
            "openssl rsa -in locked.key -out open.key"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValidationError(
            "This is no private key in PEM form. Paste all of it, from “-----BEGIN” to the last "
            "line, “-----END …-----”."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise ValidationError(
            "This key is no RSA key, and Salesforce takes no other. Make one: "
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout open.key -out certificate.crt"
        )
    if key.key_size < SMALLEST_KEY_BITS:
        raise ValidationError(f"This key is too short: make one of {SMALLEST_KEY_BITS} bits.")
    return pem.strip() + "\n"


class SecretsForm(forms.Form):
    """Of a method: the secret fields alone, to renew what is there."""

    names: ClassVar[tuple[str, ...]] = ()

    @property
    def secrets(self) -> dict[str, str]:
        data = self.cleaned_data
        return {name: data[name] for name in self.names if data.get(name)}


class JwtSecrets(SecretsForm):
    names = ("private_key",)
    private_key = PrivateKeyField()


class ClientSecrets(SecretsForm):
    names = ("client_secret",)
    client_secret = secret_field("Consumer secret")


class RefreshSecrets(SecretsForm):
    names = ("client_secret", "refresh_token")
    client_secret = secret_field("Consumer secret", required=False, help_text=STAYS)
    refresh_token = secret_field("Refresh token")


class PasswordSecrets(SecretsForm):
    names = ("password", "security_token", "client_secret")
    password = secret_field("Password")
    security_token = secret_field(
        "Security token", required=False, help_text="Empty where this address needs none."
    )
    client_secret = secret_field("Consumer secret", required=False, help_text=STAYS)


class AddressFields(forms.Form):
    method: ClassVar[str] = ""
    my_domain_only: ClassVar[bool] = False
    login_url = forms.CharField(
        label="My Domain",
        max_length=200,
        widget=forms.URLInput(attrs={**QUIET, "placeholder": "https://acme.my.salesforce.com"}),
        help_text="The address that your people see when they sign in to Salesforce.",
    )
    client_id = forms.CharField(
        label="Consumer key",
        max_length=255,
        widget=forms.TextInput(attrs=QUIET),
        help_text="Of the app that you made in Salesforce.",
    )

    def clean_login_url(self) -> str:
        try:
            origin = allowed_origin(self.cleaned_data["login_url"])
        except ConnectorError as error:
            raise ValidationError(str(error)) from None
        if self.my_domain_only and origin in LOGIN_SERVERS:
            raise ValidationError(
                "This way of signing in needs the org's own My Domain, such as "
                "https://acme.my.salesforce.com."
            )
        if self.method == Method.PASSWORD and is_production_login(origin):
            raise ValidationError(
                "User name and password are for sandboxes only. Give a sandbox's address, such as "
                "https://acme--dev.sandbox.my.salesforce.com, or choose another way to sign in."
            )
        return origin

    @property
    def wish(self) -> Wish:
        data = self.cleaned_data
        return Wish(
            method=self.method,
            login_url=data["login_url"],
            client_id=data["client_id"],
            username=data.get("username", ""),
            secrets=self.secrets,  # type: ignore[attr-defined]
        )


class UserFields(AddressFields):
    username = forms.CharField(
        label="User name",
        max_length=255,
        widget=forms.TextInput(attrs=QUIET),
        help_text="Of the Salesforce user whose rights the reading has.",
    )


class JwtForm(JwtSecrets, UserFields):
    method = Method.JWT
    field_order = ("login_url", "client_id", "username", "private_key")


class ClientCredentialsForm(ClientSecrets, AddressFields):
    method, my_domain_only = Method.CLIENT_CREDENTIALS, True
    field_order = ("login_url", "client_id", "client_secret")


class RefreshForm(RefreshSecrets, AddressFields):
    method = Method.REFRESH_TOKEN
    client_secret = secret_field("Consumer secret", required=False, help_text=NONE_NEEDED)
    field_order = ("login_url", "client_id", "client_secret", "refresh_token")


class PasswordForm(PasswordSecrets, UserFields):
    method = Method.PASSWORD
    client_secret = secret_field("Consumer secret", required=False, help_text=NONE_NEEDED)
    field_order = ("login_url", "client_id", "client_secret", "username", "password")


class DemoForm(forms.Form):
    scale = forms.ChoiceField(label="Size", choices=SCALES)
    seed = forms.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        initial=7,
        help_text="The same number makes the same company.",
    )

    @property
    def wish(self) -> Wish:
        return Wish(method=Method.NONE, options=dict(self.cleaned_data))


FORMS: dict[str, type[AddressFields]] = {
    form.method: form for form in (JwtForm, ClientCredentialsForm, RefreshForm, PasswordForm)
}
RENEWALS: dict[str, type[SecretsForm]] = {
    Method.JWT: JwtSecrets,
    Method.CLIENT_CREDENTIALS: ClientSecrets,
    Method.REFRESH_TOKEN: RefreshSecrets,
    Method.PASSWORD: PasswordSecrets,
}


NEEDED = {
    "minutes": (Pace.MINUTES, "Say how many minutes lie between two syncs."),
    "daily_at": (Pace.DAILY, "Say at what time of the day."),
}


class PaceForm(forms.Form):
    pace = forms.ChoiceField(label="Sync", choices=Pace.choices)
    minutes = forms.IntegerField(
        min_value=SHORTEST,
        max_value=LONGEST,
        required=False,
        help_text="Between two syncs, for “every so many minutes”.",
    )
    daily_at = forms.TimeField(
        label="Time of day",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    quota_percent = forms.IntegerField(
        label="Share of the CRM's calls, in percent",
        min_value=1,
        max_value=100,
        help_text="A sync stops at this share of the calls that the CRM allows a day, "
        "and goes on with the next.",
    )
    bulk_from = forms.IntegerField(
        label="Rows from which a whole object is read in bulk", min_value=1, max_value=2**31 - 1
    )

    def __init__(self, *args: Any, connection: Connection, schedule: Schedule, **more: Any) -> None:
        self.timezone = connection.org.timezone
        more["initial"] = {
            "pace": schedule.pace,
            "minutes": schedule.minutes,
            "daily_at": schedule.daily_at,
            "quota_percent": round(connection.quota_share * 100),
            "bulk_from": connection.bulk_from,
        }
        super().__init__(*args, **more)
        self.fields["daily_at"].help_text = f"In {self.timezone}, for “once a day”."
        if connection.method == Method.NONE:
            # A simulated company counts no calls.
            del self.fields["quota_percent"], self.fields["bulk_from"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, (pace, said) in NEEDED.items():
            if data.get("pace") == pace and data.get(name) is None and name not in self.errors:
                self.add_error(name, said)
        return data

    @property
    def schedule(self) -> Schedule:
        data = self.cleaned_data
        pace = Pace(data["pace"])
        if pace == Pace.MINUTES:
            return Schedule(pace, minutes=data["minutes"])
        if pace == Pace.DAILY:
            return Schedule(pace, daily_at=data["daily_at"], timezone=self.timezone)
        return Schedule(pace)

    @property
    def limits(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "bulk_from" not in self.fields:
            return {}
        return {"quota_share": data["quota_percent"] / 100, "bulk_from": data["bulk_from"]}
