"""What pages of judged forecasts share: by which actual, and what to say while there is nothing."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.demand.models import Judging
from lianxin.demand.screens import judged_rows
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Empty


def actual_filter(request: HttpRequest, judging: Judging | None) -> FilterSet:
    """The question against which variant of what was sold; the one by which the company judges where nothing is asked."""
    default = str(judging.parameters.get("judging.actual", "demand")) if judging else "demand"
    choices = [Choice(code, words) for code, words in judged_rows.ACTUALS.items()]
    return FilterSet(
        [Filter(key="actual", title=_("Against"), kind="choice", default=default, required=True, choices=choices)],
        request.GET,
    )


def nothing() -> Empty:
    """While no round has been judged."""
    return Empty(
        title=_("No round has been held against its sales yet"),
        text=_("A round must close and its sales be known; then every step is held against the cheaper ones."),
        action_title=_("Forecast rounds"),
        action_url=reverse("demand:rounds"),
    )
