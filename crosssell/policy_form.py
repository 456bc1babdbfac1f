"""The policy of an org as a form, and in words what a change of it means."""

from typing import Any

from django import forms

from crosssell.models import CrosssellPolicy

HUNDRED = 100
PLACES = 4
MOST_HELD_OUT, MOST_DAYS, MOST_AN_ACCOUNT, MOST_CANDIDATES = 50, 730, 50, 500
SAID = {
    "held_out": "Of a hundred suggestions, so many are shown to nobody, drawn by lot. What is"
    " bought of them shows what would be bought anyway; with none, the effect of suggestions"
    " cannot be measured.",
    "horizon_days": "What showing suggestions adds is counted within so many days. The model looks"
    " as far, or two or four times as far where most of what is bought sooner is on offer already;"
    " its page says how far. Another horizon needs it to be trained anew, which happens by itself.",
    "expires_days": "An open suggestion goes after so many days; it comes again if it still fits.",
    "an_account": "More give choice, fewer give focus: the list holds the best so many of each.",
    "candidates": "So many products of the catalogue are looked at closely for each account. More"
    " find more, and take longer.",
}


def whole(label: str, name: str, *, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=SAID[name],
        min_value=1,
        max_value=most,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class PolicyForm(forms.Form):
    held_out = forms.FloatField(
        label="Held out, %",
        help_text=SAID["held_out"],
        min_value=0,
        max_value=MOST_HELD_OUT,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    horizon_days = whole("Horizon, days", "horizon_days", most=MOST_DAYS)
    expires_days = whole("Expires after, days", "expires_days", most=MOST_DAYS)
    an_account = whole("Most shown of an account", "an_account", most=MOST_AN_ACCOUNT)
    candidates = whole("Candidates an account", "candidates", most=MOST_CANDIDATES)

    def __init__(self, data: Any = None, *, now: CrosssellPolicy) -> None:
        initial = {name: getattr(now, name) for name in self.base_fields}
        initial["held_out"] = tidy(HUNDRED * now.held_out)
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if {"an_account", "candidates"} <= said.keys() and said["candidates"] < said["an_account"]:
            self.add_error(
                "candidates", "Look at no fewer candidates than are shown of an account."
            )
        return said

    @property
    def values(self) -> dict[str, Any]:
        held_out = round(self.cleaned_data["held_out"] / HUNDRED, PLACES)
        return {**self.cleaned_data, "held_out": held_out}


def tidy(value: float) -> float:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded
