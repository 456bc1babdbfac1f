"""How an org's texts are read, as a form."""

from typing import Any

from django import forms

from assistant.models import Embedder, Language, SearchPolicy
from assistant.writers.addresses import AddressError, place_of


class PolicyForm(forms.Form):
    embedder = forms.ChoiceField(
        choices=Embedder.choices,
        label="What reads meaning",
        help_text="Built in: learned from your own texts, on this machine. An endpoint is sent "
        "every text that is searched, and every question.",
    )
    model = forms.CharField(
        max_length=200,
        required=False,
        label="Model",
        help_text="Its name, or for a model on this machine the folder in which it lies.",
    )
    base_url = forms.CharField(
        max_length=300,
        required=False,
        label="Address of the endpoint",
        help_text="Such as https://api.example.com/v1: “/embeddings” is put behind it.",
    )
    key = forms.CharField(
        max_length=500,
        required=False,
        label="Key of the endpoint",
        help_text="Kept encrypted and shown to nobody. Empty: as it is now.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(choices=Language.choices, label="Language of the texts")
    activity_months = forms.IntegerField(
        min_value=1,
        max_value=120,
        label="Activities of the last months",
        help_text="Older ones are not searched by meaning; names and records always are.",
    )

    def __init__(self, data: Any = None, *, policy: SearchPolicy) -> None:
        self.policy = policy
        names = ("embedder", "model", "base_url", "language", "activity_months")
        super().__init__(data, initial={name: getattr(policy, name) for name in names})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        embedder = given.get("embedder")
        if embedder in (Embedder.LOCAL, Embedder.ENDPOINT) and not given.get("model"):
            self.add_error("model", "Name the model.")
        if embedder == Embedder.ENDPOINT:
            try:
                place_of(given.get("base_url") or "")
            except AddressError as error:
                self.add_error("base_url", str(error))
            except OSError:
                self.add_error("base_url", "Nobody knows this host. Check how it is spelt.")
        return given

    def changed_policy(self) -> SearchPolicy:
        """The same row with what was given; the key of another address is not carried over."""
        policy, given = self.policy, self.cleaned_data
        is_endpoint = given["embedder"] == Embedder.ENDPOINT
        is_elsewhere = not is_endpoint or given["base_url"] != policy.base_url
        policy.embedder = given["embedder"]
        policy.model = "" if policy.embedder == Embedder.BUILTIN else given["model"]
        policy.base_url = given["base_url"] if is_endpoint else ""
        policy.language = given["language"]
        policy.activity_months = given["activity_months"]
        if is_endpoint and given["key"]:
            policy.write_key(given["key"])
        elif is_elsewhere:
            policy.write_key("")
        return policy
