"""Forms of rounds and files."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.demand.queries.history import start_of_period
from lianxin.demand.states import Period
from lianxin.foundation.models import Company
from lianxin.ui.inputs import DayInput, TimeInput


class OpenForm(forms.Form):
    """What a round is opened with."""

    period = forms.ChoiceField(label=gettext_lazy("Forecast by"), choices=Period.choices, widget=forms.RadioSelect)
    first_period = forms.DateField(
        label=gettext_lazy("First day forecast"),
        widget=DayInput(),
        help_text=gettext_lazy("The first of a month, or a Monday for weeks."),
    )
    horizon = forms.IntegerField(label=gettext_lazy("How many periods"), min_value=1, max_value=13, initial=1)
    deadline_on = forms.DateField(label=gettext_lazy("Last day for the authors"), widget=DayInput())
    deadline_hour = forms.TimeField(label=gettext_lazy("until"), widget=TimeInput())
    products = forms.MultipleChoiceField(
        label=gettext_lazy("Products"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Fewer products are judged with more thought."),
    )

    def __init__(self, *args: Any, company: Company, products: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.fields["products"].choices = products  # type: ignore[attr-defined]

    @property
    def deadline_at(self) -> datetime:
        """The deadline by the company's clock."""
        return datetime.combine(
            self.cleaned_data["deadline_on"], self.cleaned_data["deadline_hour"], tzinfo=self.company.zone
        )


def first_values(company: Company, *, on: date, days: int, after: date | None) -> dict[str, Any]:
    """What the form proposes: the next month after the last one known or forecast, and the company's usual days."""
    start = start_of_period("month", (after or on).replace(day=28) + timedelta(days=4))
    return {
        "period": Period.MONTH.value,
        "first_period": start,
        "horizon": 1,
        "deadline_on": on + timedelta(days=days),
        "deadline_hour": time(18, 0),
    }


class FileForm(forms.Form):
    """A filled file brought back."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=gettext_lazy("The file taken from the page of your forecast, with your numbers in its column."),
    )

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if not given.name.lower().endswith((".xlsx", ".csv")):
            raise forms.ValidationError(_("Send an XLSX or CSV file."))
        return given
