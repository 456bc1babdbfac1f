"""The policy of an org as a form: weights in per cent, borders of grades, and each warning."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField

from forecasting.risk.catalogue import PARTS, WARNINGS
from forecasting.risk.policy import BORDERS, FEWEST_DAYS, MOST_DAYS, Policy, PolicyError, Rule

HUNDRED = 100


def number(label: str, *, help_text: str = "", step: str = "any") -> forms.FloatField:
    return forms.FloatField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=HUNDRED,
        widget=forms.NumberInput(attrs={"step": step, "inputmode": "decimal"}),
    )


class PolicyForm(forms.Form):
    """Valid where a `Policy` can be made of it, which is then in `policy`."""

    policy: Policy

    def __init__(self, data: Any = None, *, now: Policy) -> None:
        super().__init__(data, initial=initial_of(now))
        for name, part in PARTS.items():
            label = f"{part.title}, %"
            self.fields[f"weight_{name}"] = number(label, help_text=part.said)
        for name in BORDERS:
            self.fields[f"grade_{name}"] = number(f"{name} up to")
        for name, warning in WARNINGS.items():
            days = now.rules[name].days
            self.fields[f"on_{name}"] = forms.BooleanField(
                label=warning.title,
                help_text=warning.said.format(days=days).replace("1 or more days", "a day or more"),
                required=False,
            )
            self.fields[f"days_{name}"] = forms.IntegerField(
                label="Days",
                min_value=FEWEST_DAYS,
                max_value=MOST_DAYS,
                widget=forms.NumberInput(attrs={"aria-label": f"{warning.title}: days"}),
            )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return said
        try:
            self.policy = policy_of(said)
        except PolicyError as error:
            for name, problem in error.problems.items():
                self.add_error(name if name in self.fields else None, problem)
        return said

    def weights(self) -> Iterator[BoundField]:
        return (self[f"weight_{name}"] for name in PARTS)

    def borders(self) -> Iterator[BoundField]:
        return (self[f"grade_{name}"] for name in BORDERS)

    def rules(self) -> Iterator[tuple[BoundField, BoundField]]:
        return ((self[f"on_{name}"], self[f"days_{name}"]) for name in WARNINGS)


def initial_of(policy: Policy) -> dict[str, Any]:
    weights = {f"weight_{name}": tidy(HUNDRED * weight) for name, weight in policy.weights.items()}
    borders = {f"grade_{name}": tidy(border) for name, border in policy.borders.items()}
    rules: dict[str, Any] = {}
    for name, rule in policy.rules.items():
        rules |= {f"on_{name}": rule.is_on, f"days_{name}": rule.days}
    return {**weights, **borders, **rules}


def tidy(value: float) -> float:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def policy_of(said: dict[str, Any]) -> Policy:
    return Policy(
        weights={name: said[f"weight_{name}"] / HUNDRED for name in PARTS},
        borders={name: said[f"grade_{name}"] for name in BORDERS},
        rules={name: Rule(said[f"on_{name}"], said[f"days_{name}"]) for name in WARNINGS},
    )
