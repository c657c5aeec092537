"""Forms of what is prepared for visits."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lianxin.people.models import Unit
from lianxin.ui.inputs import DayInput
from lianxin.visits.models import VisitType
from lianxin.visits.states import ActionKind, QuestionKind

USES = [("", _("not in this type")), ("may", _("may be done")), ("must", _("must be done"))]


class TypeForm(forms.Form):
    """A type: for each action whether it belongs to it, and its place."""

    code = forms.SlugField(
        label=_("Code"), max_length=40, help_text=_("Short, for files; letters, figures and hyphens.")
    )
    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, *args: Any, known: VisitType | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has = {each["kind"]: (n, each.get("required")) for n, each in enumerate(known.actions, 1)} if known else {}
        if known:
            self.fields["code"].widget = forms.HiddenInput()
            self.fields["code"].initial, self.fields["name"].initial = known.code, known.name
        for n, kind in enumerate(ActionKind, 1):
            place, required = has.get(kind.value, (n, False))
            use = "" if known and kind.value not in has else "must" if required else "may"
            self.fields[f"use_{kind.value}"] = forms.ChoiceField(
                label=kind.label, choices=USES, required=False, initial=use
            )
            self.fields[f"place_{kind.value}"] = forms.IntegerField(
                label=_("Place of: %(action)s") % {"action": kind.label},
                min_value=1,
                max_value=99,
                initial=place,
                required=False,
            )

    def actions(self) -> list[tuple[ActionKind, bool]]:
        """The chosen actions in their order."""
        given = self.cleaned_data
        chosen = [
            (given.get(f"place_{kind.value}") or 99, n, kind, given[f"use_{kind.value}"] == "must")
            for n, kind in enumerate(ActionKind)
            if given.get(f"use_{kind.value}")
        ]
        return [(kind, required) for _place, _n, kind, required in sorted(chosen, key=lambda each: each[:2])]


class _Dated(forms.Form):
    unit: "forms.ModelChoiceField[Unit]" = forms.ModelChoiceField(
        label=_("For"), queryset=None, required=False, empty_label=_("The whole company")
    )
    valid_from = forms.DateField(label=_("From"), widget=DayInput())
    valid_until = forms.DateField(
        label=_("Until"),
        widget=DayInput(),
        help_text=_("The first day on which it no longer holds."),
    )

    def __init__(self, *args: Any, units: QuerySet[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class ThemeForm(_Dated):
    title = forms.CharField(label=_("Title"), max_length=120)
    talking_points = forms.CharField(
        label=_("Talking points"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One on each line; short enough to say."),
    )
    field_order = ("title", "talking_points", "unit", "valid_from", "valid_until")


class QuestionForm(_Dated):
    text = forms.CharField(label=_("Question asked"), max_length=300)
    kind = forms.ChoiceField(label=_("Kind of answer"), choices=QuestionKind.choices)
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For a choice: one on each line."),
    )
    field_order = ("text", "kind", "options", "unit", "valid_from", "valid_until")
