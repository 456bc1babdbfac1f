"""The limits of a plan, and the types of action, as forms."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField

from accounts.models import Account, CrmUser
from crosssell.allocation.limits import Limits
from crosssell.allocation.problem import MOST_EACH
from crosssell.allocation.reading import FACTS
from crosssell.models import ActionType

MOST_ACTIONS, MOST_CUSTOMERS, MOST_HOURS, NAME_LENGTH = 1_000_000, 1_000_000, 2000, 120
MOST_UNKNOWN = 5
MOST_VALUES = 60  # of one fact


def whole(label: str, *, most: int, least: int = 0, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, **options)


def hours(label: str, **options: Any) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"})
    return forms.FloatField(
        label=label, min_value=0, max_value=MOST_HOURS, widget=widget, **options
    )


class LimitsForm(forms.Form):
    name = forms.CharField(label="Name of the plan", max_length=NAME_LENGTH)
    total = whole("Actions in all", most=MOST_ACTIONS, required=False, help_text="Blank: no limit.")
    customers = whole("Customers looked at", most=MOST_CUSTOMERS, least=1, help_text="The largest.")
    each = whole("Actions at one customer, at most", least=1, most=MOST_EACH)
    hours = hours("Hours of each seller")
    strategic = whole(
        "Strategic customers", most=MOST_CUSTOMERS, help_text="So many of the largest are covered."
    )
    strategic_above = forms.FloatField(
        label="Strategic from this value on",
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        help_text="All that are to bring so much are covered besides.",
    )
    strategic_where = forms.ChoiceField(
        label="Strategic by kind",
        required=False,
        help_text="All of it are covered besides, by what the CRM says.",
    )
    named = forms.CharField(
        label="Strategic customers by name",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One a line; they are covered besides the largest.",
    )
    cover = whole("Actions at each of them, at least", most=MOST_EACH)
    shares_territory = forms.BooleanField(
        label="Sellers of one territory may serve each other's customers", required=False
    )

    def __init__(
        self,
        data: Any = None,
        *,
        types: Sequence[ActionType],
        sellers: Sequence[CrmUser],
        accounts: "QuerySet[Account]",
        now: Limits,
        name: str = "",
    ) -> None:
        self.types, self.sellers, self.accounts, self.now = types, sellers, accounts, now
        known = accounts.filter(external_id__in=now.strategic_refs).order_by("name", "id")
        self.refs_before = dict(known.values_list("external_id", "name"))
        named = "\n".join(self.refs_before.values())
        super().__init__(data, initial={**now.as_json(), "name": name, "named": named})
        self.fields["strategic_where"].choices = kinds_among(accounts, now.strategic_where)  # type: ignore[attr-defined]
        for one in types:
            self.fields[f"quota_{one.key}"] = whole(
                one.title,
                most=MOST_ACTIONS,
                required=False,
                initial=now.quotas.get(one.key, one.quota),
            )
        for place, seller in enumerate(sellers):
            self.fields[f"hours_{place}"] = hours(
                seller.name or seller.external_id,
                required=False,
                initial=now.hours_of.get(seller.external_id),
            )

    def clean_named(self) -> str:
        """What cannot be found is said by name; of several of one name all are meant."""
        text: str = self.cleaned_data["named"]
        names = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        rows = self.accounts.filter(name__in=names).values_list("external_id", "name")
        found = dict(rows)
        unknown = sorted(set(names) - set(found.values()))
        if unknown:
            few = ", ".join(unknown[:MOST_UNKNOWN])
            raise forms.ValidationError(f"No customer that you may read is called so: {few}.")
        self.named_refs = sorted(found)
        return text

    def main_fields(self) -> Iterator[BoundField]:
        return (self[name] for name in type(self).base_fields)

    @property
    def unseen_refs(self) -> tuple[str, ...]:
        """Customers whom the person may not read stay as they are."""
        return tuple(ref for ref in self.now.strategic_refs if ref not in self.refs_before)

    def quota_fields(self) -> Iterator[BoundField]:
        return (self[f"quota_{one.key}"] for one in self.types)

    def seller_fields(self) -> Iterator[BoundField]:
        return (self[f"hours_{place}"] for place in range(len(self.sellers)))

    @property
    def limits(self) -> Limits:
        said = self.cleaned_data
        quotas = {one.key: said[f"quota_{one.key}"] for one in self.types}
        # Hours of sellers whom the person does not lead stay as they are.
        seen = {seller.external_id for seller in self.sellers}
        others = {ref: said for ref, said in self.now.hours_of.items() if ref not in seen}
        own = {
            seller.external_id: said[f"hours_{place}"]
            for place, seller in enumerate(self.sellers)
            if said[f"hours_{place}"] is not None
        }
        names = (
            "total", "customers", "each", "hours", "strategic", "strategic_above",
            "strategic_where", "cover", "shares_territory",
        )  # fmt: skip
        return Limits(
            **{name: said[name] for name in names},
            hours_of={**others, **own},
            quotas={key: number for key, number in quotas.items() if number is not None},
            strategic_refs=tuple(self.named_refs) + self.unseen_refs,
            locks=self.now.locks,
            excluded=self.now.excluded,
        )


def kinds_among(accounts: "QuerySet[Account]", now: str) -> list[Any]:
    """Facts about the customers that a person reads, with their values; and the one that holds."""
    found: list[Any] = [("", "No kind")]
    known = {""}
    for fact, label in FACTS.items():
        values = accounts.exclude(**{fact: ""}).order_by(fact).values_list(fact, flat=True)
        told = [(f"{fact}:{value}", value) for value in values.distinct()[:MOST_VALUES] if value]
        known |= {name for name, _ in told}
        if told:
            found.append((label, told))
    return found if now in known else [*found, (now, now.partition(":")[2])]


class TypeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ActionType
        fields = ("title", "hours", "lift", "fades", "quota", "is_active")
        labels: Mapping[str, str] = {
            "title": "Called",
            "hours": "Hours",
            "lift": "The first adds, as a share",
            "fades": "Each next does, of the one before",
            "quota": "Most in a plan",
            "is_active": "In use",
        }
        help_texts: Mapping[str, str] = {"lift": "", "fades": "", "quota": ""}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["quota"].required = False


TypeForms = forms.modelformset_factory(ActionType, form=TypeForm, extra=0)
