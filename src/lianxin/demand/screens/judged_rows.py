"""Rows of what was judged, in words and figures; the three answers are drawn apart."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from lianxin.core.forecasting.accuracy import ACCURACIES
from lianxin.core.forecasting.adding_value import FEW_LINES, FEW_PERIODS
from lianxin.core.forecasting.judging_contracts import PAIRS
from lianxin.core.parameters import value_of
from lianxin.core.tables.demand import RETAIL_PRICE
from lianxin.demand.models import Judging
from lianxin.ui import formats
from lianxin.ui.parts import Figure
from lianxin.ui.tables import Column

ALL: Final = "all"
STEPS: Final[Mapping[str, str | Promise]] = {
    "naive": gettext_lazy("As last period"),
    "seasonal_naive": gettext_lazy("As a year ago"),
    "system": gettext_lazy("System"),
    "customer_manager": gettext_lazy("Customer manager"),
    "market_manager": gettext_lazy("Market manager"),
    "brand_manager": gettext_lazy("Brand manager"),
    "combined": gettext_lazy("Combined forecast"),
}
ADJUSTMENTS: Final[Mapping[str, str | Promise]] = {
    "all": gettext_lazy("All together"),
    "none": gettext_lazy("Let stand"),
    "up_small": gettext_lazy("A little more"),
    "up_medium": gettext_lazy("More"),
    "up_large": gettext_lazy("Much more"),
    "down_small": gettext_lazy("A little less"),
    "down_medium": gettext_lazy("Less"),
    "down_large": gettext_lazy("Much less"),
}
HELPED: Final[Mapping[str, str | Promise]] = {
    "yes": gettext_lazy("It helped"),
    "no": gettext_lazy("It harmed"),
    "cannot_tell": gettext_lazy("Cannot tell"),
}
WHY: Final[Mapping[str, str | Promise]] = {
    "few_lines": gettext_lazy("too few changed lines"),
    "few_periods": gettext_lazy("too few periods"),
    "no_actual": gettext_lazy("nothing was sold"),
    "few_forecasts": gettext_lazy("too few entered forecasts on which a copy would show"),
    "no_evidence": gettext_lazy("no other evidence lay there"),
}
ACTUALS: Final[Mapping[str, str | Promise]] = {
    "demand": gettext_lazy("Demand (asked for, else ordered)"),
    "wanted": gettext_lazy("Asked for"),
    "ordered": gettext_lazy("Ordered"),
    "supplied": gettext_lazy("Supplied"),
}
EVIDENCE: Final[Mapping[str, str | Promise]] = {
    "all": gettext_lazy("All together"),
    "stock_count": gettext_lazy("Stock counts"),
    RETAIL_PRICE: gettext_lazy("Retail prices seen"),
    "shortage": gettext_lazy("Shortages"),
    "closed": gettext_lazy("Closed shops"),
    "event": gettext_lazy("Events"),
    "festival": gettext_lazy("Festivals"),
}
# Accuracies other than that at the shop are told without an interval.
NO_BAND: Final = gettext_lazy("no interval")
USES: Final[Mapping[str, str | Promise]] = {
    "used": gettext_lazy("named by the author"),
    "passed_over": gettext_lazy("not named"),
    "in_system": gettext_lazy("given to the system"),
}


def why_words(row: Mapping[str, Any]) -> str:
    """Why there is no verdict, in words; "" where there is one or it is only uncertain."""
    return str(WHY.get(row.get("why", ""), ""))


def band(row: Mapping[str, Any], kind: Literal["points", "share", "change"] = "points") -> str:
    """The 95 % interval, in the measure of the value beside it."""
    low, high = row.get("low"), row.get("high")
    if low is None or high is None:
        return _("not known")
    if kind == "points":
        ends = {"low": formats.number(low * 100, 1, signed=True), "high": formats.number(high * 100, 1, signed=True)}
        return _("%(low)s to %(high)s pp") % ends
    return f"{formats.share(low, 1, signed=kind == 'change')} – {formats.share(high, 1, signed=kind == 'change')}"


def added_figure(row: Mapping[str, Any]) -> Figure:
    """Points of error that a step took away; above zero it helped. Of a sample too small for a verdict no number is told."""
    is_told = is_enough(row)
    return Figure(
        value=row["added"] if is_told else None, kind="points", answer="value" if is_told else "not_enough_data",
        reason=why_words(row), n=row.get("n"),
    )  # fmt: skip


def is_enough(row: Mapping[str, Any]) -> bool:
    """Whether a step has enough changed lines and periods for its number to be told: a few would accuse by chance."""
    return row.get("added") is not None and row.get("why") not in (FEW_LINES, FEW_PERIODS)


def helped_words(row: Mapping[str, Any]) -> str:
    """The verdict, and why there is none."""
    said = str(HELPED[row["helped"]])
    why = why_words(row)
    return with_why(said, why)


def with_why(said: str, why: str) -> str:
    """A verdict and why there is none."""
    return _("%(said)s: %(why)s") % {"said": said, "why": why} if why else said


def listed(names: Sequence[object]) -> str:
    """Names one after the other, as the language lists them."""
    return pgettext("between names of a list", ", ").join(str(name) for name in names)


def step_words(row: Mapping[str, Any]) -> str:
    """A step against what it is held against."""
    return _("%(step)s against “%(against)s”") % {"step": STEPS[row["step"]], "against": STEPS[row["against"]]}


def stair_columns(first: Column) -> list[Column]:
    """The columns of a stair."""
    return [
        first,
        Column(
            key="added",
            title=_("Error taken away"),
            kind="figure",
            on_card=True,
            sort_by="order",
            help=_("Percentage points of the sum of absolute errors, divided by what came"),
        ),
        Column(key="band", title=_("95 % interval"), sortable=False),
        Column(key="helped", title=_("Whether it helped"), kind="badge", on_card=True),
        Column(key="n", title=_("Lines"), kind="number"),
        Column(key="n_changed", title=_("Changed"), kind="number"),
        Column(key="n_periods", title=_("Periods"), kind="number"),
    ]


def stair_rows(
    rows: Sequence[Mapping[str, Any]], *, words: Any, group: str = ALL, adjustment: str = ALL
) -> list[dict[str, Any]]:
    """Steps of a stair for one product group and adjustment; `words` names each row."""
    found = [row for row in rows if row["product_group"] == group and row["adjustment"] == adjustment]
    found.sort(key=lambda row: PAIRS.index((row["step"], row["against"])))
    return [
        {
            "place": place,
            "name": words(row),
            "added": added_figure(row),
            "order": row["added"] if is_enough(row) else -99.0,
            "band": band(row) if is_enough(row) else _("not known"),
            "helped": helped_words(row),
            "n": row["n"],
            "n_changed": row["n_changed"],
            "n_periods": row["n_periods"],
            "step": row["step"],
            "against": row["against"],
        }
        for place, row in enumerate(found)
    ]


def least_lines(judging: Judging | None) -> int:
    """The least lines for a verdict, as the judging had it."""
    return int(value_of(judging.parameters if judging else {}, "judging.minimum_lines"))


def accuracy_figure(row: Mapping[str, Any], least: int | None = None) -> Figure:
    """An accuracy or a bias; where there are too few lines for it, how many it needs."""
    return Figure(
        value=row.get("value"), kind="change" if row["accuracy"] == "bias" else "share", answer=row["answer"], n=row["n"],
        needs=least if least is not None and row["n"] < least else None,
    )  # fmt: skip


def accuracy_rows(rows: Sequence[Mapping[str, Any]], actual: str, least: int | None = None) -> list[dict[str, Any]]:
    """Every accuracy of every author by one variant of what was sold, the honest one first, with its note."""
    chinese = (get_language() or "zh").startswith("zh")
    order = {code: place for place, code in enumerate(ACCURACIES)}
    found = sorted((row for row in rows if row["actual"] == actual), key=lambda row: order[row["accuracy"]])
    made = []
    for place, row in enumerate(found):
        told = ACCURACIES[row["accuracy"]]
        is_bias = row["accuracy"] == "bias"
        made.append(
            {
                "place": place,
                "author": str(STEPS[row["author"]]),
                "title": told.title_zh if chinese else told.title_en,
                "note": told.note_zh if chinese else told.note_en,
                "formula": told.formula_zh if chinese else told.formula_en,
                "value": accuracy_figure(row, least),
                "order": row.get("value") if row.get("value") is not None else -99.0,
                "band": band(row, "change" if is_bias else "share") if row.get("low") is not None else str(NO_BAND),
                "numerator": row.get("numerator"),
                "denominator": row.get("denominator"),
                "n": row["n"],
                "n_periods": row["n_periods"],
                "code": row["accuracy"],
            }
        )
    return made


def accuracy_columns() -> list[Column]:
    """The columns of accuracies."""
    return [
        Column(key="title", title=_("How right"), note=lambda r: r["formula"], sort_by="place"),
        Column(key="author", title=_("Whose"), on_card=True),
        Column(key="value", title=_("Value"), kind="figure", on_card=True, sort_by="order"),
        Column(key="band", title=_("95 % interval"), sortable=False),
        Column(key="numerator", title=_("Numerator"), kind="number", shown=False),
        Column(key="denominator", title=_("Denominator"), kind="number", shown=False),
        Column(key="n", title=_("Lines"), kind="number"),
        Column(key="n_periods", title=_("Periods"), kind="number"),
        Column(key="note", title=_("What to know"), sortable=False),
    ]


def information_columns() -> list[Column]:
    """The columns of what was collected."""
    return [
        Column(key="kind", title=_("What was collected"), sort_by="place"),
        Column(key="use", title=_("Beside the number"), on_card=True),
        Column(key="gained", title=_("Error taken away"), kind="figure", on_card=True, sort_by="order"),
        Column(key="band", title=_("95 % interval"), sortable=False),
        Column(key="helped", title=_("Whether it helped"), kind="badge", on_card=True),
        Column(key="n", title=_("Lines"), kind="number"),
        Column(key="n_helped", title=_("Nearer"), kind="number"),
        Column(key="n_harmed", title=_("Further"), kind="number"),
        Column(key="n_periods", title=_("Periods"), kind="number"),
    ]


def information_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per kind and use."""
    return [
        {
            "place": place,
            "kind": str(EVIDENCE.get(row["kind"], row["kind"])),
            "use": str(USES[row["use"]]),
            "gained": Figure(value=row.get("gained"), kind="points", reason=why_words(row), n=row["n"]),
            "order": row.get("gained", -99.0),
            "band": band(row),
            "helped": helped_words(row),
            **{name: row[name] for name in ("n", "n_helped", "n_harmed", "n_periods")},
        }
        for place, row in enumerate(rows)
    ]


def verdict_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Whether the managers' changes helped, in a sentence."""
    row = next(
        (
            one
            for one in rows
            if (one["step"], one["against"], one["product_group"], one["adjustment"])
            == ("customer_manager", "system", ALL, ALL)
        ),
        None,
    )
    if row is None:
        return _("No manager's number can be judged yet.")
    n = ngettext("%(n)s line", "%(n)s lines", row["n"]) % {"n": formats.number(row["n"])}
    if row["helped"] == "yes":
        return _("The managers' changes brought the forecast nearer to the truth by %(points)s (%(n)s).") % {
            "points": _points(row["added"]),
            "n": n,
        }
    if row["helped"] == "no":
        return _("The managers' changes led the forecast away from the truth by %(points)s (%(n)s).") % {
            "points": _points(-row["added"]),
            "n": n,
        }
    why = why_words(row)
    return _("Whether the managers' changes help cannot be told yet (%(n)s%(why)s).") % {
        "n": n,
        "why": _("; %(why)s") % {"why": why} if why else "",
    }


def _points(value: float) -> str:
    """Points without the sign: the sentence says which way."""
    return formats.points(value).lstrip("+")
