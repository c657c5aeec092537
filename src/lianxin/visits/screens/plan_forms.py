"""The forms of call plans."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.ui.inputs import DayInput
from lianxin.visits.queries.planning import DayLoad
from lianxin.visits.states import PlanChangeKind, WhyNotMade

KINDS = [
    (PlanChangeKind.ABSENCE.value, _("Absence: visits move to other days")),
    (PlanChangeKind.COVER.value, _("Cover: a colleague makes them, what he has no room for moves")),
    (PlanChangeKind.HOLIDAY.value, _("Holiday: visits move to other days")),
    (PlanChangeKind.WEATHER.value, _("Dangerous weather: visits fall away, without loss to anyone")),
]


def reason_field() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays with the plan."),
    )


class MakeForm(forms.Form):
    starts_on = forms.DateField(label=_("First day"), widget=DayInput())
    persons = forms.MultipleChoiceField(
        label=_("Customer managers"), widget=forms.CheckboxSelectMultiple, help_text=_("A plan each.")
    )

    def __init__(self, *args: Any, managers: Sequence[Person], starts_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["persons"]
        field.choices = [(str(one.pk), f"{one.name} ({one.employee_no})") for one in managers]  # type: ignore[attr-defined]
        field.initial = [str(one.pk) for one in managers]
        self.fields["starts_on"].initial = starts_on


class WordsForm(forms.Form):
    words = forms.CharField(
        label=_("What is to be changed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The customer manager reads it."),
    )


class ExcuseForm(forms.Form):
    """Agree to what a manager took out of his own approved plan, or decline it with a word."""

    what = forms.ChoiceField(
        label=_("Your word"),
        choices=[("agree", _("Agree: nobody owes it")), ("decline", _("Decline: it stays owed"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("In a few words"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where you decline; the customer manager reads it."),
    )


class AwayForm(forms.Form):
    kind = forms.ChoiceField(label=_("What came between"), choices=KINDS, widget=forms.RadioSelect)
    first = forms.DateField(label=_("From"), widget=DayInput())
    last = forms.DateField(label=_("Until"), widget=DayInput(), help_text=_("Included."))
    covering = forms.ChoiceField(label=_("Who covers"), required=False, help_text=_("Only for cover."))
    reason = reason_field()

    def __init__(self, *args: Any, colleagues: Sequence[Person], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(str(one.pk), f"{one.name} ({one.employee_no})") for one in colleagues]
        self.fields["covering"].choices = [("", _("Nobody")), *told]  # type: ignore[attr-defined]
        self.fields["first"].initial = self.fields["last"].initial = on
        self.fields["kind"].initial = PlanChangeKind.ABSENCE.value

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            self.add_error("last", _("The last day lies before the first."))
        if given.get("kind") == PlanChangeKind.COVER and not given.get("covering"):
            self.add_error("covering", _("Choose who covers."))
        return given


class WeatherForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=DayInput())
    plans = forms.MultipleChoiceField(label=_("Whose visits fall away"), widget=forms.CheckboxSelectMultiple)
    reason = reason_field()

    def __init__(self, *args: Any, plans: Sequence[tuple[str, str]], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plans"].choices = list(plans)  # type: ignore[attr-defined]
        self.fields["plans"].initial = [key for key, _title in plans]
        self.fields["day"].initial = on


class UrgentForm(forms.Form):
    retailer = forms.ChoiceField(label=_("Retailer"))
    not_before = forms.DateField(label=_("Not before"), widget=DayInput())
    not_after = forms.DateField(label=_("Not after"), widget=DayInput())
    reason = reason_field()
    agreed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, retailers: Sequence[Retailer], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(str(one.pk), f"{one.name} · {one.licence_no}") for one in retailers]
        self.fields["retailer"].choices = told  # type: ignore[attr-defined]
        self.fields["not_before"].initial = self.fields["not_after"].initial = on


class ChangeForm(forms.Form):
    """Move a visit to another day or place, or take it out."""

    what = forms.ChoiceField(
        label=_("What to change"),
        choices=[("move", _("Move the visit")), ("take_out", _("Take the visit out"))],
        widget=forms.RadioSelect,
        initial="move",
    )
    to_day = forms.ChoiceField(label=_("To the day"), required=False)
    to_order = forms.IntegerField(
        label=_("Place in the day"),
        required=False,
        min_value=1,
        max_value=200,
        help_text=_("Empty: where it adds the shortest way."),
    )
    reason = reason_field()

    def __init__(self, *args: Any, days: Sequence[tuple[DayLoad, str]], current: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [
            (
                f"{load.day}",
                _now("%(day)s %(weekday)s · %(n)s visits") % {"day": load.day, "weekday": weekday, "n": load.n_visits},
            )
            for load, weekday in days
        ]
        self.fields["to_day"].choices = told  # type: ignore[attr-defined]
        self.fields["to_day"].initial = f"{current}"


class NotMadeForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why not made"), choices=WhyNotMade.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("In a few words"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for another reason, else free. Nothing about anybody's family, health or religion."),
    )


class StartForm(forms.Form):
    latitude = forms.FloatField(label=_("Latitude"), help_text=_("WGS-84, such as 31.35."))
    longitude = forms.FloatField(label=_("Longitude"), help_text=_("WGS-84, such as 118.42."))
    valid_from = forms.DateField(label=_("From"), widget=DayInput())
