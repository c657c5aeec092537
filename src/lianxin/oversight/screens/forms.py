from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianxin.foundation.models import Company, User
from lianxin.oversight import queries
from lianxin.oversight.states import Conclusion
from lianxin.ui.inputs import DayInput


class OpenForm(forms.Form):
    person = forms.ModelChoiceField(queryset=queries.nobody(), label=_("Person concerned"))
    question = forms.CharField(
        label=_("Question"),
        max_length=300,
        help_text=_("What the person is to answer, in one sentence. A question, not a verdict."),
    )
    evidence_title = forms.CharField(
        label=_("Evidence"), max_length=200, help_text=_("What can be looked at: a record, a figure, a check.")
    )
    evidence_text = forms.CharField(
        label=_("What it shows"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Facts with dates and numbers."),
    )
    evidence_url = forms.CharField(
        label=_("Page with the rows"),
        required=False,
        max_length=300,
        help_text=_("The address of a page in this system, such as a scorecard."),
    )
    answer_due_on = forms.DateField(
        label=_("Account wanted by"),
        widget=DayInput(),
        help_text=_("At least a few working days."),
    )

    def __init__(self, *args: Any, user: User, company: Company, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = queries.persons_to_ask(user, company, on=on)  # type: ignore[attr-defined]
        self.fields["answer_due_on"].initial = on + timedelta(days=7)

    def clean_evidence_url(self) -> str:
        # Evidence is inside this system; an address elsewhere could be a trap for the person who must open it.
        address = str(self.cleaned_data["evidence_url"]).strip()
        if address and (not address.startswith("/") or address.startswith("//")):
            raise forms.ValidationError(_("Give an address inside this system, beginning with one “/”."))
        return address


class WordsForm(forms.Form):
    words = forms.CharField(label=_("Account"), widget=forms.Textarea(attrs={"rows": 5}))


class UnheardForm(forms.Form):
    words = forms.CharField(label=_("When and how the person was asked"), widget=forms.Textarea(attrs={"rows": 3}))


class CloseForm(forms.Form):
    conclusion = forms.ChoiceField(label=_("Conclusion"), choices=Conclusion.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("The person concerned reads them.")
    )
    task = forms.CharField(
        label=_("What is to be corrected"),
        required=False,
        max_length=300,
        help_text=_("Only for a confirmed problem. Left empty, the question is closed."),
    )
    task_due_on = forms.DateField(label=_("Corrected by"), required=False, widget=DayInput())


class CorrectedForm(forms.Form):
    words = forms.CharField(
        label=_("What was done"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("And where it can be seen."),
    )


class RecheckForm(forms.Form):
    is_corrected = forms.TypedChoiceField(
        label=_("What the re-check found"),
        choices=[("yes", _("Corrected")), ("no", _("Not corrected yet"))],
        coerce=lambda given: given == "yes",
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What was looked at"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person concerned reads it."),
    )
    again_by = forms.DateField(
        label=_("New day for the correction"),
        required=False,
        widget=DayInput(),
        help_text=_("Only where it is not corrected yet; left empty, the question is closed as it is found."),
    )


class AdoptAgainForm(forms.Form):
    words = forms.CharField(label=_("What was changed"), widget=forms.Textarea(attrs={"rows": 3}))
