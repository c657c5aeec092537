from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lianxin.appraisal.states import RequestState
from lianxin.core.paying.rule import Coefficient, Days, PayRule, WithoutScore
from lianxin.ui.inputs import DayInput


class CloseForm(forms.Form):
    month = forms.ChoiceField(label=_("Month"), help_text=_("Months with order lines."))
    scheme = forms.ChoiceField(
        label=_("Scheme"), required=False, help_text=_("Needed only where several are in force in the month.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why the month is closed again; kept with the new version."),
    )

    def __init__(self, *args: Any, months: Sequence[date], schemes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{month:%Y-%m-%d}", f"{month:%Y-%m}") for month in months]  # type: ignore[attr-defined]
        self.fields["scheme"].choices = [("", _("the one in force")), *((code, code) for code in schemes)]  # type: ignore[attr-defined]


class ReviewForm(forms.Form):
    text = forms.CharField(
        label=_("Which figure do you doubt, and why?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A person looks at it and answers; pay of this month waits for the answer."),
    )


class AnswerForm(forms.Form):
    state = forms.ChoiceField(
        label=_("Outcome"),
        choices=[choice for choice in RequestState.choices if choice[0] != RequestState.OPEN],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("The person concerned reads them.")
    )


class JudgementForm(forms.Form):
    value = forms.FloatField(label=_("Value"), min_value=0)
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was seen, and when. The person reads it."),
    )


class ConsultForm(forms.Form):
    on = forms.DateField(label=_("Day of the consultation"), widget=DayInput())
    who = forms.CharField(
        label=_("Who was consulted"), max_length=300, help_text=_("The staff meeting, the union, which posts.")
    )
    text = forms.CharField(label=_("What was said, and what became of it"), widget=forms.Textarea(attrs={"rows": 4}))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))


class AdoptForm(forms.Form):
    noticed_on = forms.DateField(label=_("Day on which the staff were told"), widget=DayInput())
    valid_from = forms.DateField(
        label=_("In force from"),
        widget=DayInput(),
        help_text=_("The first day of a month, not before the notice."),
    )


class RetireForm(forms.Form):
    until = forms.DateField(
        label=_("In force until"),
        widget=DayInput(),
        help_text=_("The first day of the first month it no longer judges."),
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))


class PresetForm(forms.Form):
    preset = forms.ChoiceField(label=_("Example"))
    code = forms.SlugField(
        label=_("Code"), required=False, help_text=_("Of the new scheme; that of the example by default.")
    )

    def __init__(self, *args: Any, presets: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preset"].choices = list(presets)  # type: ignore[attr-defined]


class UploadForm(forms.Form):
    file = forms.FileField(label=_("File"), help_text=_("A scheme as JSON, as it was exported here or elsewhere."))


def _coefficient(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal(0), max_value=Decimal(100), max_digits=6, decimal_places=3, initial=Decimal(1)
    )


class ProposeForm(forms.Form):
    pool = forms.DecimalField(
        label=_("Pool"),
        min_value=Decimal("0.01"),
        max_digits=15,
        decimal_places=2,
        help_text=_("The amount to divide, with at most two decimals."),
    )
    days = forms.ChoiceField(
        label=_("Days that count for joiners and leavers"),
        choices=[(Days.CALENDAR, _("all days")), (Days.WORKING, _("working days"))],
    )
    not_enough = forms.ChoiceField(
        label=_("Who has no total"),
        choices=[
            (WithoutScore.EXCLUDE, _("gets nothing from this pool, with the reason told")),
            (WithoutScore.GROUP_AVERAGE, _("shares by the mean total")),
        ],
    )
    top = _coefficient(_("Coefficient of the upper third"))
    middle = _coefficient(_("Coefficient of the middle third"))
    bottom = _coefficient(_("Coefficient of the lower third"))
    floor = forms.DecimalField(
        label=_("Least amount for a whole month"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        initial=Decimal(0),
        help_text=_("Keeps the minimum wage; less in proportion to the days. 0 means none."),
    )

    def rule(self) -> PayRule:
        """The rule that was filled in; no coefficient is shipped, all are one until somebody decides otherwise."""
        given = self.cleaned_data
        chosen = WithoutScore(given["not_enough"])
        bands = [(band, int(given[band] * 1000)) for band in ("top", "middle", "bottom")]
        return PayRule(
            days=Days(given["days"]),
            coefficients=tuple(Coefficient(band, milli) for band, milli in bands if milli != 1000),
            not_enough=chosen,
            blocked=chosen,
            floor_fen=int(given["floor"] * 100),
        )


class DecisionForm(forms.Form):
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
