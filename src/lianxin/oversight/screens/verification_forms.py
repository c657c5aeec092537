from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import parameters
from lianxin.foundation.errors import Refused
from lianxin.oversight.queries import rules
from lianxin.oversight.screens.words import parameter_title
from lianxin.ui import formats
from lianxin.ui.inputs import DayInput


class VerifyForm(forms.Form):
    month = forms.ChoiceField(label=gettext_lazy("Month"))

    def __init__(self, *args: Any, months: list[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(month.isoformat(), formats.month(month)) for month in months]  # type: ignore[attr-defined]


class TryForm(VerifyForm):
    """A dry run of a rule set on a past month."""


class AdoptForm(forms.Form):
    valid_from = forms.DateField(
        label=gettext_lazy("In force from"),
        widget=DayInput(),
        help_text=gettext_lazy("The first day of a month that has not been verified yet."),
    )


class RuleSetForm(forms.Form):
    """A title, the reasons, and the numbers that differ from what holds without a rule set."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    note = forms.CharField(label=gettext_lazy("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, values: dict[str, Any], base: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = list(rules.declared())
        for name, declared in rules.declared().items():
            usual = parameters.written(declared, base[name])
            self.fields[self.key(name)] = forms.CharField(
                label=parameter_title(declared),
                required=False,
                initial=parameters.written(declared, values[name]) if name in values else "",
                help_text=_("Left empty: %(usual)s.") % {"usual": usual},
            )

    @staticmethod
    def key(name: str) -> str:
        """The field of a parameter; dots do not stand in names of fields."""
        return name.replace(".", "__")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self.numbers: dict[str, Any] = {}
        for name, declared in rules.declared().items():
            text = str(given.get(self.key(name), "")).strip()
            if not text:
                continue
            try:
                self.numbers[name] = parameters.read(declared, text)
            except Refused as refused:
                self.add_error(self.key(name), refused.message)
        return given

    def parts(self) -> list[Any]:
        """The fields of the numbers, for the page."""
        return [self[self.key(name)] for name in self.names]
