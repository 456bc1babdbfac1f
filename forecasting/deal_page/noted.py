"""Notes about a deal, for those who read the deal."""

from typing import Any

from django import forms

from forecasting.deal_page.look import Look
from forecasting.models import DealNote

SHOWN = 30


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write something first."},
    )


def notes_of(look: Look) -> dict[str, Any]:
    rows = look.of_deal(DealNote).select_related("author").order_by("-written_at", "-id")
    newest = list(rows[: SHOWN + 1])
    return {"notes": newest[:SHOWN], "is_more": len(newest) > SHOWN, "form": NoteForm()}
