"""The policy of health as a form: bands, weights, who counts as gone, and the plays."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.db.models.fields.json import KeyTextTransform
from django.forms import BoundField

from accounts.models import Account, SourceField
from forecasting.health.dimensions import DIMENSIONS, WEIGHTS
from forecasting.health.leaving import DATES, own_fields_of
from forecasting.health.plays import USUAL, HealthPlay, plays_of
from forecasting.health.policy import BORDERS, MOST_SCORE, Policy, PolicyError
from forecasting.models.health import Band
from forecasting.risk.policy_form import HUNDRED, number, tidy
from revenue.users.models import Org

MOST_VALUES, MOST_READ = 8, 500
BORDER_LABELS = {name: f"{Band(name).label} ({name}) up to" for name in BORDERS}
BY_ITSELF = (
    "Found by itself: a field that says so, else the end of all that was bought, else revenue"
)


class PolicyForm(forms.Form):
    """Valid where a `Policy` can be made of it, which is then in `policy`."""

    policy: Policy

    left_field = forms.ChoiceField(
        label="Field of accounts that says that a customer left",
        required=False,
        help_text="A field of your own: a date on which it left, or a status.",
    )
    left_value = forms.CharField(
        label="What it holds then",
        required=False,
        max_length=120,
        help_text="Such as Churned. Not needed of a date, nor of a field that is plainly named.",
    )

    def __init__(self, data: Any = None, *, now: Policy, org: Org) -> None:
        super().__init__(data, initial=initial_of(now))
        self.org = org
        self.own = {field.name: field for field in own_fields_of(org)}
        self.fields["left_field"].choices = choices_of(self.own, now=now)  # type: ignore[attr-defined]
        for name, label in BORDER_LABELS.items():
            self.fields[f"band_{name}"] = forms.IntegerField(
                label=label, min_value=0, max_value=MOST_SCORE - 1
            )
        for key in WEIGHTS:
            one = DIMENSIONS[key]
            self.fields[f"weight_{key}"] = number(f"{one.title}, %", help_text=one.asks)
        self.fields["contraction"] = number(
            "Share of a year's revenue, %",
            help_text="A customer that loses as much of it counts as gone where no field says so.",
        )
        for key, play in USUAL.items():
            self.fields[f"on_{key}"] = forms.BooleanField(label=play.driver, required=False)
            self.fields[f"title_{key}"] = forms.CharField(label="What to do", max_length=120)
            self.fields[f"advice_{key}"] = forms.CharField(
                label="How", max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
            )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        self.look_at_value(said)
        if self.errors:
            return said
        try:
            self.policy = policy_from(said)
        except PolicyError as error:
            for name, problem in error.problems.items():
                self.add_error(name if name in self.fields else None, problem)
        return said

    def look_at_value(self, said: Mapping[str, Any]) -> None:
        """A value that no account holds would say of nobody that they left."""
        value, name = said.get("left_value", ""), said.get("left_field")
        if not value or name is None:
            return
        field = self.own.get(name)
        if field is None:
            self.add_error("left_value", "Choose the field that holds it, or leave this empty.")
        elif field.type in DATES:
            self.add_error(
                "left_value", "The field is a date, which says it alone: leave it empty."
            )
        elif problem := missing(value, field, org=self.org):
            self.add_error("left_value", problem)

    def borders(self) -> Iterator[BoundField]:
        return (self[f"band_{name}"] for name in BORDERS)

    def weights(self) -> Iterator[BoundField]:
        return (self[f"weight_{key}"] for key in WEIGHTS)

    def leaving(self) -> Iterator[BoundField]:
        return (self[name] for name in ("left_field", "left_value", "contraction"))

    def plays(self) -> Iterator[tuple[BoundField, BoundField, BoundField]]:
        return ((self[f"on_{key}"], self[f"title_{key}"], self[f"advice_{key}"]) for key in USUAL)


def choices_of(own: Mapping[str, SourceField], *, now: Policy) -> list[tuple[str, str]]:
    """What is chosen stays to be seen where the CRM has lost the field."""
    named = [
        (name, field.label if field.label in ("", name) else f"{field.label} ({name})")
        for name, field in own.items()
    ]
    gone = [(now.left_field, f"{now.left_field} (no longer there)")]
    return [
        ("", BY_ITSELF),
        *((name, label or name) for name, label in named),
        *(gone if now.left_field and now.left_field not in own else ()),
    ]


def missing(value: str, field: SourceField, *, org: Org) -> str:
    """Why the value would say nothing; empty where some account holds it."""
    told = KeyTextTransform(field.name, "extra")  # a path would cut its name at each __
    held = Account.objects.of(org).present().annotate(told=told).exclude(told=None)
    values = set(held.values_list("told", flat=True).distinct()[:MOST_READ]) - {""}
    if value.strip().casefold() in {one.strip().casefold() for one in values}:
        return ""
    label = field.label or field.name
    if not values:
        return f"No account holds anything in {label}."
    listed = ", ".join(sorted(values)[:MOST_VALUES])
    more = ", and others" if len(values) > MOST_VALUES else ""
    return f"No account holds “{value}” in {label}. It holds {listed}{more}."


def initial_of(policy: Policy) -> dict[str, Any]:
    found: dict[str, Any] = {
        "left_field": policy.left_field,
        "left_value": policy.left_value,
        "contraction": tidy(HUNDRED * policy.contraction),
    }
    found |= {f"band_{name}": border for name, border in policy.bands.items()}
    found |= {f"weight_{key}": tidy(HUNDRED * part) for key, part in policy.weights.items()}
    for key, play in plays_of(policy).items():
        found |= {f"on_{key}": play.is_on, f"title_{key}": play.title, f"advice_{key}": play.advice}
    return found


def policy_from(said: Mapping[str, Any]) -> Policy:
    return Policy(
        bands={name: said[f"band_{name}"] for name in BORDERS},
        weights={key: said[f"weight_{key}"] / HUNDRED for key in WEIGHTS},
        left_field=said["left_field"],
        left_value=said["left_value"].strip(),
        contraction=said["contraction"] / HUNDRED,
        plays={key: other for key, one in USUAL.items() if (other := otherwise(said, one))},
    )


def otherwise(said: Mapping[str, Any], usual: HealthPlay) -> dict[str, Any]:
    """Of a play what differs from the usual one."""
    key, was = usual.trigger, asdict(usual)
    advice = said[f"advice_{key}"].replace("\r\n", "\n").strip()
    now = {"title": " ".join(said[f"title_{key}"].split()), "advice": advice or was["advice"]}
    found: dict[str, Any] = {name: value for name, value in now.items() if value != was[name]}
    return found if said[f"on_{key}"] else found | {"on": False}
