"""The script of a call-back and the forms of the three kinds of checks."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.oversight.states import CheckChannel, Confirmed
from lianxin.ui.inputs import DayInput
from lianxin.visits.models import PolicyTold

CANNOT_SAY = "-"
YES_NO_UNSURE = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), ("unsure", gettext_lazy("Not sure")))


def script(channel: str) -> list[str]:
    """What is said or looked at, in order. A call leads nobody: it asks when before it names a day."""
    if channel == CheckChannel.PHONE:
        return [
            _("Say who you are and that the call is about service, takes three minutes and is not recorded."),
            _("Ask first: “When was your customer manager last in your shop?” Name no day."),
            _("Only then: “Was somebody there around that day?” and “What did he or she do?”"),
            _("Thank them. Whatever the answer, it changes nothing about supply; say so if asked."),
        ]
    return [
        _("Look at the display and the price tags before you ask."),
        _("Ask the owner when the customer manager was last there; name no day first."),
        _("Compare with what the visit recorded. Do not argue and do not say what the record says."),
    ]


class CheckForm(forms.Form):
    """The answers of one check."""

    last_seen = forms.CharField(
        label=gettext_lazy("When was the manager last there, in the shop's words?"), required=False, max_length=100
    )
    came = forms.ChoiceField(
        label=gettext_lazy("Was somebody there around that day?"),
        choices=YES_NO_UNSURE,
        widget=forms.RadioSelect,
        required=False,
    )
    what = forms.CharField(label=gettext_lazy("What did he or she do?"), required=False, max_length=300)
    confirmed = forms.ChoiceField(
        label=gettext_lazy("What the check comes to"),
        choices=Confirmed.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("“Cannot tell” is a full answer: memory errs, and other people mind the shop."),
    )
    words = forms.CharField(
        label=gettext_lazy("What was seen or said"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed where the visit is not confirmed. The manager reads it when the round is over."),
    )

    def __init__(self, *args: Any, policies: Sequence[PolicyTold] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policies = {f"policy_{n}": told for n, told in enumerate(policies)}
        for key, told in self.policies.items():
            answers = [(str(n), answer["text"]) for n, answer in enumerate(told.policy.check_answers)]
            self.fields[key] = forms.ChoiceField(
                label=told.policy.check_question,
                help_text=_("About “%(policy)s”. Read the answers aloud, help with none.")
                % {"policy": told.policy.title},
                choices=[*answers, (CANNOT_SAY, _("The shop could not say"))],
                widget=forms.RadioSelect,
                required=False,
            )

    @property
    def asked(self) -> list[forms.BoundField]:
        """The questions about policies."""
        return [self[key] for key in self.policies]

    @property
    def policy_answers(self) -> dict[str, int | None]:
        """{telling: place of the answer, None where the shop could not say}, of those that were asked."""
        given = {told.pk: self.cleaned_data.get(key, "") for key, told in self.policies.items()}
        return {pk: None if answer == CANNOT_SAY else int(answer) for pk, answer in given.items() if answer}


class GiveUpForm(forms.Form):
    words = forms.CharField(label=gettext_lazy("Why it could not be checked"), widget=forms.Textarea(attrs={"rows": 2}))


class SealForm(forms.Form):
    visits_from = forms.DateField(label=gettext_lazy("Visits from"), widget=DayInput())
    visits_until = forms.DateField(label=gettext_lazy("until before"), widget=DayInput())
    walk = forms.IntegerField(label=gettext_lazy("Walk-arounds"), min_value=0, max_value=5000, initial=20)
    spot = forms.IntegerField(label=gettext_lazy("Spot checks"), min_value=0, max_value=5000, initial=20)
    phone = forms.IntegerField(label=gettext_lazy("Call-backs"), min_value=0, max_value=20000, initial=60)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        monday = on - timedelta(days=on.weekday())
        self.fields["visits_from"].initial = monday - timedelta(days=7)
        self.fields["visits_until"].initial = monday

    @property
    def wanted(self) -> dict[str, int]:
        """{channel: how many}"""
        return {channel: self.cleaned_data[channel] for channel in CheckChannel.values}


class HandOverForm(forms.Form):
    to: Any = forms.ModelChoiceField(
        queryset=None,
        label=gettext_lazy("Checked by"),
        help_text=gettext_lazy("Only those whose post makes such checks and who have no interest in the visit."),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]
