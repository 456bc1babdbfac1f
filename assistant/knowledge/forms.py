"""What is said of a document."""

from django import forms

from assistant.models import Audience, Document


class DocumentForm(forms.ModelForm[Document]):
    class Meta:
        model = Document
        fields = ("title", "kind", "audience")
        labels = {"audience": "Who may read it"}
        help_texts = {"audience": "It is found and quoted for them alone."}

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())


class UploadForm(forms.Form):
    """Beside the files, which the view hands over as they came."""

    title = forms.CharField(
        max_length=200,
        required=False,
        help_text="Of one file; left empty, it is called as its file is.",
    )
    kind = forms.ChoiceField(required=False, choices=[("", "By its name"), *Document.Kind.choices])
    audience = forms.ChoiceField(
        label="Who may read it", choices=Audience.choices, initial=Audience.EVERYONE
    )
