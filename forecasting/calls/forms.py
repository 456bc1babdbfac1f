"""A call as a form: an amount as people type it, and why."""

from decimal import Decimal
from typing import Any

from django import forms

from forecasting.calls.amounts import AmountError, read_amount
from forecasting.calls.making import Wish
from forecasting.models import ForecastCall

NOTE_LENGTH = 2_000
Kind = ForecastCall.Kind


class AmountField(forms.CharField):
    def __init__(self, *, currency: str, **options: Any) -> None:
        self.currency = currency
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, max_length=60, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_amount(text, currency=self.currency)
        except AmountError as problem:
            raise forms.ValidationError(str(problem)) from problem

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,.2f}".removesuffix(".00") if isinstance(value, Decimal) else value


class CallForm(forms.Form):
    """Valid where a `Wish` can be made of it."""

    def __init__(self, data: Any = None, *, kind: str, currency: str, now: Any = None) -> None:
        told = ("amount", "commit", "best_case")
        initial = {name: getattr(now, name) for name in told} if now else {}
        super().__init__(data, initial=initial, auto_id="call_%s")
        self.kind = kind
        is_mine = kind == Kind.SUBMISSION
        self.fields["amount"] = AmountField(
            currency=currency,
            label=f"{'Submission' if is_mine else 'Adjustment'}, {currency}",
            help_text="Such as 1.2m, 450k or 1,200,000.",
        )
        if is_mine:
            for name, label in (("commit", "Commit"), ("best_case", "Best case")):
                self.fields[name] = AmountField(currency=currency, label=label, required=False)
        self.fields["note"] = forms.CharField(
            label="Note",
            required=not is_mine,
            max_length=NOTE_LENGTH,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        amount, commit, best = (said.get(name) for name in ("amount", "commit", "best_case"))
        if amount is not None and commit is not None and commit > amount:
            self.add_error("commit", "Commit is a part of the submission: no more than it.")
        if amount is not None and best is not None and best < amount:
            self.add_error("best_case", "The best case is no less than the submission.")
        return said

    @property
    def wish(self) -> Wish:
        return Wish(
            kind=self.kind,
            amount=self.cleaned_data["amount"],
            commit=self.cleaned_data.get("commit"),
            best_case=self.cleaned_data.get("best_case"),
            note=self.cleaned_data["note"],
        )
