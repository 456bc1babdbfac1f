from django import forms

from revenue.users.models.saved_view import NAME_LENGTH, QUERY_LENGTH
from revenue.users.saved_views import PAGES


class ChangeViewForm(forms.Form):
    name = forms.CharField(
        max_length=NAME_LENGTH,
        error_messages={"required": "Give the view a name."},
    )
    is_shared = forms.BooleanField(required=False, label="Shared with the org")
    is_default = forms.BooleanField(required=False, label="Begin with this view")


class SaveViewForm(ChangeViewForm):
    page = forms.ChoiceField(choices=list(PAGES.items()))
    query = forms.CharField(required=False, max_length=2 * QUERY_LENGTH)
