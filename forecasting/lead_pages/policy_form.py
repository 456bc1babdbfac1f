"""The policy of leads as a form: where tiers begin, how soon to answer, what makes a model."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField

from forecasting.leads.policy import BORDERS, Policy, PolicyError

SAID = {
    "answer_minutes": "Within so many minutes a lead should be answered. Who waits longer is marked"
    " in the list, and counted on the page Speed to lead.",
    "least_leads": "With fewer leads than this whose time is over, no model is made, and the rate"
    " of each source speaks in its place.",
    "least_converted": "So many of them must have converted.",
}


def whole(label: str, *, help_text: str = "") -> forms.IntegerField:
    """What is too little or too much, the policy itself says."""
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class LeadPolicyForm(forms.Form):
    """Valid where a `Policy` can be made of it, which is then in `policy`."""

    policy: Policy

    answer_minutes = whole("Answer within, minutes", help_text=SAID["answer_minutes"])
    least_leads = whole("Leads to learn from, at least", help_text=SAID["least_leads"])
    least_converted = whole("Conversions among them, at least", help_text=SAID["least_converted"])

    def __init__(self, data: Any = None, *, now: Policy) -> None:
        initial = {name: getattr(now, name) for name in SAID}
        tiers = {f"tier_{name}": now.tiers[name] for name in BORDERS}
        super().__init__(data, initial=initial | tiers)
        for name in BORDERS:
            self.fields[f"tier_{name}"] = whole(f"{name} from")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return said
        try:
            self.policy = Policy(
                tiers={name: said[f"tier_{name}"] for name in BORDERS},
                **{name: said[name] for name in SAID},
            )
        except PolicyError as error:
            for name, problem in error.problems.items():
                self.add_error(name if name in self.fields else None, problem)
        return said

    def borders(self) -> Iterator[BoundField]:
        return (self[f"tier_{name}"] for name in BORDERS)

    def numbers(self) -> Iterator[BoundField]:
        return (self[name] for name in SAID)
