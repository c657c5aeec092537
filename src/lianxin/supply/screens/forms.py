"""Forms of rounds, policies and changes by hand."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.supply.models import SupplyPolicy
from lianxin.supply.states import GoodsClass, Rule
from lianxin.supply.wording import ATTRIBUTES, change_reason, code_of_group
from lianxin.ui import formats
from lianxin.ui.inputs import DayInput, MomentInput


def _policy_choices(policies: Iterable[SupplyPolicy], none: str = "") -> list[tuple[str, str]]:
    offered = [(str(row.pk), str(row)) for row in policies]
    return [("", none), *offered] if none else offered


class OpenForm(forms.Form):
    """A new round: its week and the policies that its products begin with."""

    week = forms.ChoiceField(
        label=gettext_lazy("Week"),
        help_text=gettext_lazy("Weeks of which a supply is known that no round shares out yet."),
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("Policy"),
        help_text=gettext_lazy("For all products at first; on the round's page each product can have its own."),
    )
    compared = forms.ChoiceField(label=gettext_lazy("Set beside it"), required=False)
    goods_class = forms.ChoiceField(label=gettext_lazy("Class of goods"), choices=GoodsClass.choices)
    requests_close_at = forms.DateTimeField(
        label=gettext_lazy("Requests close on"),
        required=False,
        widget=MomentInput(),
        help_text=gettext_lazy(
            "Everybody reads it beside the hash of the seed; what comes in later is refused. Empty: not announced."
        ),
    )

    def __init__(self, *args: Any, weeks: Sequence[date], policies: Sequence[SupplyPolicy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["week"].choices = [(f"{week}", formats.day(week)) for week in weeks]  # type: ignore[attr-defined]
        self.fields["policy"].choices = _policy_choices(policies)  # type: ignore[attr-defined]
        self.fields["compared"].choices = _policy_choices(policies, _("nothing"))  # type: ignore[attr-defined]


class ChooseForm(forms.Form):
    """Another policy for one product."""

    policy = forms.ChoiceField(label=gettext_lazy("Policy"))
    compared = forms.ChoiceField(label=gettext_lazy("Set beside it"), required=False)
    goods_class = forms.ChoiceField(label=gettext_lazy("Class of goods"), choices=GoodsClass.choices)

    def __init__(self, *args: Any, policies: Sequence[SupplyPolicy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy"].choices = _policy_choices(policies)  # type: ignore[attr-defined]
        self.fields["compared"].choices = _policy_choices(policies, _("nothing"))  # type: ignore[attr-defined]


class WhyForm(forms.Form):
    """A reason in one's own words."""

    words = forms.CharField(label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 2}), max_length=1000)


class ReopenForm(WhyForm):
    """Requests opened again: why, and until when they come in now."""

    requests_close_at = forms.DateTimeField(
        label=gettext_lazy("Requests close on"),
        widget=MomentInput(),
        help_text=gettext_lazy("The public page tells it beside what was announced before."),
    )


class ProposeForm(forms.Form):
    """A change by hand of one line."""

    after_units = forms.IntegerField(label=gettext_lazy("New number"), min_value=0)
    reason = forms.ChoiceField(label=gettext_lazy("Reason from the list"))
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        help_text=gettext_lazy("Everybody in the company reads it."),
    )
    evidence = forms.CharField(
        label=gettext_lazy("What it rests on"),
        max_length=500,
        help_text=gettext_lazy("Such as the number of a delivery note, and where it is kept."),
    )

    def __init__(self, *args: Any, reasons: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(code, change_reason(code)) for code in reasons]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """What the second person says."""

    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("Needed to refuse."),
    )


class PolicyForm(forms.Form):
    """A draft of a policy. The weights are written tier by tier, as in “30 = 3, 29 = 2.8”."""

    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=40,
        help_text=gettext_lazy("Names the policy through all its versions, such as tight-by-tier."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    rule = forms.ChoiceField(label=gettext_lazy("Rule"), choices=Rule.choices)
    weights = forms.CharField(
        label=gettext_lazy("Weights of tiers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Such as 30 = 3, 29 = 2.8; a tier that is not named weighs 1."),
    )
    attributes = forms.MultipleChoiceField(
        label=gettext_lazy("Divide a quota further by"),
        required=False,
        choices=list(ATTRIBUTES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "One or two, under a quota for each tier: the supply is divided among their values first."
        ),
    )
    split = forms.CharField(
        label=gettext_lazy("Parts of the values"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "One to a line, such as town = 0.6, or of two attributes town|grocery = 0.2; a value that is not named gets nothing. "
            "Empty: by number of requests."
        ),
    )
    lot_units = forms.IntegerField(
        label=gettext_lazy("Units of a lot, in a draw"), min_value=1, max_value=1000, initial=1, required=False
    )
    only_selected = forms.BooleanField(
        label=gettext_lazy("Only selected shops take part"),
        required=False,
        help_text=gettext_lazy("Which ones, the file of requests tells in its column is_selected."),
    )
    sentence_zh = forms.CharField(
        label=gettext_lazy("The rule in one sentence, in Chinese"),
        max_length=300,
        help_text=gettext_lazy("Retailers read it beside their own numbers."),
    )
    sentence_en = forms.CharField(label=gettext_lazy("The rule in one sentence, in English"), max_length=300)
    note = forms.CharField(
        label=gettext_lazy("Why it is so"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000
    )

    def clean_weights(self) -> dict[str, float]:
        """Tier -> weight."""
        text = self.cleaned_data["weights"].replace("，", ",").replace("\n", ",").replace("；", ",")
        return _numbers(text.split(","), _("“%(part)s” cannot be read; write 30 = 3, each tier once."))

    def clean_split(self) -> dict[str, float]:
        """Value of the attributes -> part."""
        lines = self.cleaned_data["split"].splitlines()
        return _numbers(lines, _("“%(part)s” cannot be read; write town = 0.6, each value once, one to a line."))

    @property
    def definition(self) -> dict[str, Any]:
        """The rule as `actions.policies.draft` takes it."""
        made: dict[str, Any] = {"rule": self.cleaned_data["rule"]}
        if self.cleaned_data["weights"]:
            made["weights"] = self.cleaned_data["weights"]
        attributes = self.cleaned_data["attributes"]
        if attributes:
            made["attributes"] = attributes
        if self.cleaned_data["split"]:
            made["split"] = {
                code_of_group(attributes, group): part for group, part in self.cleaned_data["split"].items()
            }
        if self.cleaned_data["rule"] == Rule.LOTTERY:
            made["lot_units"] = self.cleaned_data["lot_units"] or 1
        if self.cleaned_data["only_selected"]:
            made["only_selected"] = True
        return made


def _numbers(parts: Iterable[str], complaint: str) -> dict[str, float]:
    """Name -> number, out of parts like `30 = 3`; empty ones count for nothing."""
    found: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in parts)):
        name, sign, number = part.rpartition("=")
        try:
            if not sign or name.strip() in found:
                raise ValueError
            found[name.strip()] = float(number)
        except ValueError as wrong:
            raise forms.ValidationError(complaint, params={"part": part}) from wrong
    return found


class DayForm(forms.Form):
    """A Monday from which something holds."""

    day = forms.DateField(label=gettext_lazy("From the Monday"), widget=DayInput())
