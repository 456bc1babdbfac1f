from typing import Any

from django import forms

from revenue.jobs.queues import Queue


class CheckForm(forms.Form):
    queue = forms.ChoiceField(choices=Queue.choices, initial=Queue.INTERACTIVE, label="Queue")

    def wanted(self) -> Queue:
        chosen: Any = self.cleaned_data["queue"]
        return Queue(chosen)
