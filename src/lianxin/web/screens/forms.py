from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.foundation.states import Evidence, Role
from lianxin.ui.inputs import DayInput
from lianxin.web import queries


def add_refusal(form: forms.Form, refused: Refused) -> None:
    """Show a refusal beside its field, or on top where the form has no such field."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)


class NewAccountForm(forms.Form):
    person: "forms.ModelChoiceField[Any]" = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("none: an account without a post"),
        help_text=gettext_lazy("The roles follow from the posts the person holds today."),
    )
    username = forms.CharField(
        label=gettext_lazy("Sign-in name"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("The employee number when left empty."),
    )
    display_name = forms.CharField(
        label=gettext_lazy("Shown as"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("For an account without a person."),
    )

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = queries.persons_without_account(company)
        field.label_from_instance = lambda person: f"{person.employee_no} {person.name}"  # type: ignore[method-assign, assignment]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("person") and not given.get("username") and not self.errors:
            self.add_error("username", _("Choose a person or write a sign-in name."))
        return given


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[c for c in Role.choices if c[0] != Role.RETAILER])
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


class CompanyForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    currency = forms.CharField(
        label=gettext_lazy("Currency"), max_length=3, help_text=gettext_lazy("Three letters: CNY")
    )
    currency_symbol = forms.CharField(label=gettext_lazy("Sign of the currency"), max_length=4)
    order_unit = forms.CharField(
        label=gettext_lazy("Order unit"),
        max_length=20,
        help_text=gettext_lazy("What quantities are counted in, such as 条."),
    )
    order_unit_en = forms.CharField(label=gettext_lazy("Order unit in English"), max_length=20)
    unit_conversions = forms.CharField(
        label=gettext_lazy("Larger units"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line: name, English name, order units in it; such as: 件, cases, 50"),
    )
    invented_notice = forms.CharField(
        label=gettext_lazy("Notice about invented persons"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Stands on every page that shows an invented person or assignment; empty when all are real."
        ),
    )
    invented_notice_en = forms.CharField(
        label=gettext_lazy("The same in English"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)
        zones.choices = [(zone, zone) for zone in sorted(available_timezones())]

    def clean_unit_conversions(self) -> list[dict[str, Any]]:
        read = []
        for line in self.cleaned_data["unit_conversions"].splitlines():
            parts = [part.strip() for part in line.replace("，", ",").split(",")]
            if not any(parts):
                continue
            if len(parts) != 3 or not parts[2].isdecimal():
                raise forms.ValidationError(
                    _("“%(line)s” should be: name, English name, whole number; such as: 件, cases, 50") % {"line": line}
                )
            read.append({"name": parts[0], "name_en": parts[1], "order_units": int(parts[2])})
        return read


def company_initial(company: Company) -> dict[str, Any]:
    """The settings of a company as its form shows them."""
    given = {name: getattr(company, name) for name in CompanyForm.base_fields}
    given["unit_conversions"] = "\n".join(
        f"{entry['name']}, {entry.get('name_en', '')}, {entry['order_units']}" for entry in company.unit_conversions
    )
    return given


class CalendarForm(forms.Form):
    day = forms.DateField(label=gettext_lazy("Day"), widget=DayInput())
    is_working = forms.TypedChoiceField(
        label=gettext_lazy("People work"),
        choices=[("0", gettext_lazy("no")), ("1", gettext_lazy("yes"))],
        coerce=lambda value: value == "1",
    )
    note = forms.CharField(
        label=gettext_lazy("Why"), max_length=80, required=False, help_text=gettext_lazy("Such as 春节.")
    )


class ParameterForm(forms.Form):
    value = forms.CharField(label=gettext_lazy("Value"), required=False, widget=forms.TextInput())
    valid_from = forms.DateField(label=gettext_lazy("From day"), widget=DayInput())
    source = forms.CharField(
        label=gettext_lazy("Where it comes from"),
        max_length=300,
        help_text=gettext_lazy("A rule, a decision, a page, with its date."),
    )
    evidence = forms.ChoiceField(label=gettext_lazy("How sure it is"), choices=Evidence.choices)


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=80)
    expires = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DayInput(),
        required=False,
        help_text=gettext_lazy("Empty: until it is revoked."),
    )

    def expires_at(self, company: Company) -> datetime | None:
        """The first instant after the last day, in the company's time zone."""
        last: date | None = self.cleaned_data["expires"]
        if last is None:
            return None
        return datetime.combine(last + timedelta(days=1), time(), tzinfo=company.zone)
