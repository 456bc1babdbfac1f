"""The choice of a writing service as a form. A key goes in and never comes out again."""

from decimal import Decimal
from typing import Any

from django import forms

from assistant.models import WriterPolicy
from assistant.writers.addresses import AddressError, literal, refuse, shape_of
from assistant.writers.policy import COLUMNS, goes_elsewhere

Provider = WriterPolicy.Provider
WHO = ("provider", "model", "base_url", "api_version", "key", "drops_key", "is_on")
COST = ("price_in", "price_out", "daily_tokens", "daily_cost")
TIME = ("quiet_s", "total_s")
QUIET = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
LONGEST_WAIT_S = 600


def amount(label: str, *, help_text: str, places: int, required: bool = True) -> Any:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=required,
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=places,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )


def seconds(label: str, *, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=1, max_value=LONGEST_WAIT_S
    )


class PolicyForm(forms.Form):
    provider = forms.ChoiceField(label="Who writes", choices=Provider.choices)
    model = forms.CharField(
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs=QUIET),
        help_text="As the service names it; of Azure, the name of the deployment.",
    )
    base_url = forms.CharField(
        label="Address",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={**QUIET, "inputmode": "url"}),
        help_text="Empty: the service's own. Of a server of yours all up to /v1, such as"
        " http://ollama:11434/v1; of Azure https://NAME.openai.azure.com.",
    )
    api_version = forms.CharField(
        label="API version",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=QUIET),
        help_text="Of Azure alone, such as 2024-10-21.",
    )
    key = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"}
        ),
    )
    drops_key = forms.BooleanField(label="Remove the key that is there", required=False)
    is_on = forms.BooleanField(
        label="Switched on",
        required=False,
        help_text="Off: everything is put together here, and the rest of this page stays as it is.",
    )
    price_in = amount(
        "A million tokens read, $", help_text="As its price list says. 0: it is free.", places=4
    )
    price_out = amount("A million tokens written, $", help_text="", places=4)
    daily_tokens = forms.IntegerField(
        label="Tokens a person and day",
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text="Read and written together. Empty: no limit.",
    )
    daily_cost = amount(
        "Dollars a person and day",
        help_text="Empty: no limit. Whichever is reached first holds until midnight.",
        places=2,
        required=False,
    )
    quiet_s = seconds("Seconds without a sign", help_text="After these it counts as away.")
    total_s = seconds(
        "Seconds for an answer",
        help_text="With all that it looks up. Then the text is put together without it.",
    )

    def __init__(self, data: Any = None, *, now: WriterPolicy) -> None:
        super().__init__(data, initial={name: tidy(getattr(now, name)) for name in COLUMNS})
        self.now = now
        provider = data.get("provider") if data is not None else now.provider
        self.fields["model"].required = provider not in (None, "", Provider.OFFLINE)
        self.fields["model"].error_messages["required"] = "Name the model that is to write."
        there = "Empty: the one that is there stays. " if now.key else ""
        self.fields["key"].help_text = f"{there}Encrypted, and never shown again."
        if not now.key:
            del self.fields["drops_key"]

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).strip()
        if any(sign.isspace() for sign in key) or not key.isascii() or not key.isprintable():
            raise forms.ValidationError("A key is one word without blanks. Paste it alone.")
        return key

    def clean_base_url(self) -> str:
        """Names are looked up when it is tried; what can be known at once is said at once."""
        url = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        if not url:
            return ""
        try:
            parts = shape_of(url)
            host = parts.hostname or ""
            if address := literal(host):
                port = parts.port or (443 if parts.scheme == "https" else 80)
                refuse(address, host=host, port=port, is_plain=parts.scheme == "http")
        except AddressError as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        provider = said.get("provider", Provider.OFFLINE)
        if provider == Provider.ANTHROPIC and said.get("api_version"):
            self.add_error("api_version", "That is for Azure alone: leave it empty.")
        if said.get("daily_cost") is not None and not (
            said.get("price_in") or said.get("price_out")
        ):
            self.add_error(
                "daily_cost", "Give the prices above, without which nothing adds up to this limit."
            )
        self._look_at_key(said, provider=provider)
        return said

    def _look_at_key(self, said: dict[str, Any], *, provider: str) -> None:
        if {"key", "base_url"} - said.keys() or said["key"] or provider == Provider.OFFLINE:
            return
        elsewhere = goes_elsewhere(self.now, provider=provider, base_url=said["base_url"])
        stays = bool(self.now.key) and not elsewhere and not said.get("drops_key")
        own = self._has_own_server(said)
        if self.now.key and elsewhere and not own:
            self.add_error("key", "Enter the key anew: the one that is there is for another place.")
        elif not stays and not own:
            self.add_error("key", "Enter the key that this service gave you.")

    def _has_own_server(self, said: dict[str, Any]) -> bool:
        """Many a server of one's own asks for no key."""
        return said["provider"] == Provider.OPENAI and bool(said["base_url"])

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name].strip() if name == "model" else data[name] for name in COLUMNS}

    @property
    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        told = (
            ("Who writes", "Nothing leaves this installation before a service is chosen.", WHO),
            ("What it may cost", "Counted by person, day and purpose.", COST),
            ("How long to wait", "After that, the reader gets a text put together here.", TIME),
        )
        return [
            (title, text, [self[name] for name in names if name in self.fields])
            for title, text, names in told
        ]


def tidy(value: Any) -> Any:
    """8, not 8.0000."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
