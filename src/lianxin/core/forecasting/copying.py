"""Forecasts that repeat history: how many, against how many independent thought would repeat by chance on the same lines.

Two questions are asked of each manager: are the entered numbers those of history (the last period, the moving average, the same
period a year before), and are they the system's own. Only numbers that were entered count: letting the system's number stand by
choice is an offered way of working and no copy.

The chance of a line is derived from the data. Lines of like size (the system's forecast tells which) are held together, and of
them those whose author did not repeat anything: how often did such an author, where history did not say so, enter the very number
that history says here? That is how often one comes upon it by thinking. It is never set below how often, on such lines, the truth
itself came to what history said, nor below how often a simple other thinker (the system for history, the average for the system)
said it. Lines on which nearly everybody would say it anyway tell nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import Any, Final

import ibis
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.forecasting.judging_contracts import CANNOT_TELL, NO, YES
from lianxin.core.forecasting.repeating import HISTORY, LINE, REFERENCES, SOURCES, entered_lines, is_same
from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps

MICRO: Final = 1_000_000
# Upper bounds, in thousandths of a unit, of the sizes within which lines are alike; the last has none.
_SIZES: Final = (
    100, 250, 500, 750, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6500, 8000, 10000, 12500, 16000, 20000, 25000, 32000, 40000,
    50000, 65000, 80000, 100000, 150000, 200000, 300000, 500000, 1000000,
)  # fmt: skip
# A line on which chance alone would repeat history so often tells nothing.
UNTELLING: Final = 800_000
# So many lines are needed to learn a chance from.
_LEARNT: Final = 30
FEW_FORECASTS: Final = "few_forecasts"
NO_EVIDENCE: Final = "no_evidence"


def copied_lines(
    steps: Steps, judged: TableExpression, *, evidence: bool = True, name: str = "copied_lines"
) -> TableExpression:
    """Add the step of entered forecasts with what they repeat, the chance of that, and the evidence that lay there.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES`
    evidence : whether `forecast_evidence` has rows; without it n_evidence is 0

    Returns
    -------
    the rows of `entered_lines`, one per entered forecast at a retailer and product, with
        chance_history, chance_system : int64, millionths: how often independent thought would repeat; null where nothing is known

    Faults
    ------
    Sizes with too few lines to learn a chance from have the chance one: they tell nothing.
    """
    found = entered_lines(judged, evidence=evidence)
    size_class = ibis.literal(0, "int64")
    for bound in _SIZES:
        size_class = size_class + (found.size_milli.fill_null(0) > bound).cast("int64")
    lines = found = steps.add(f"{name}_entered", found.mutate(size_class=size_class))
    for kind in SOURCES:
        chance = _chances(steps, lines, kind, name)
        found = found.left_join(chance, [found[column] == chance[f"_{column}"] for column in LINE])
        found = found.drop(*(f"_{column}" for column in LINE))
    return steps.add(name, found)


def _chances(steps: Steps, lines: TableExpression, kind: str, name: str) -> TableExpression:
    """The chance of every line to repeat what its references say, in millionths."""
    group = ("period", "size_class")
    # Who repeated neither history nor the system has thought, as far as numbers show.
    own = lines.filter(~lines.repeats_history & ~lines.repeats_system)
    said = own.group_by(_p="period", _s="size_class", _u="entered_units").agg(n_said=own.count().cast("int64"))
    # Where a reference says the number, an own forecast is by definition another one: such lines cannot teach its chance.
    named = _named(own, REFERENCES, group)
    barred = named.group_by(_q="period", _t="size_class", _v="units").agg(n_barred=named.count().cast("int64"))
    floors = steps.add(f"{name}_{kind}_floors", _floors(lines, own, kind, group))
    each = steps.add(f"{name}_{kind}_numbers", _named(lines, SOURCES[kind], group))
    each = each.left_join(floors, [each.period == floors._period, each.size_class == floors._size])
    each = each.left_join(said, [each.period == said._p, each.size_class == said._s, each.units == said._u])
    each = each.left_join(barred, [each.period == barred._q, each.size_class == barred._t, each.units == barred._v])
    free = each.n_own - each.n_barred.fill_null(0)
    one = ibis.ifelse(free >= _LEARNT, _share(each.n_said.fill_null(0), free), ibis.literal(MICRO, "int64"))
    each = each.mutate(one=one)
    sums = each.group_by(*LINE).agg(thought=each.one.sum().cast("int64"), floor=each.floor.max())
    bounded = ibis.least(ibis.greatest(sums.thought, sums.floor), MICRO).cast("int64")
    return sums.select(**{f"_{column}": column for column in LINE}, **{f"chance_{kind}": bounded})


def _floors(lines: TableExpression, own: TableExpression, kind: str, group: tuple[str, ...]) -> TableExpression:
    """How often, by size, the truth and a simple other thinker came to what the references say; how many thought for themselves."""
    simple = "system_units" if kind == HISTORY else "average_units"
    counted = lines.group_by(*group).agg(
        **{
            f"n_{name}": condition.cast("int64").sum().cast("int64")
            for name, condition in {
                "came": lines.came_units.notnull(),
                "came_same": is_same(lines, "came_units", kind),
                "simple": lines[simple].notnull(),
                "simple_same": is_same(lines, simple, kind),
            }.items()
        }
    )
    thought = own.group_by(_period="period", _size="size_class").agg(n_own=own.count().cast("int64"))
    both = counted.left_join(thought, [counted.period == thought._period, counted.size_class == thought._size])
    return both.select(
        _period=counted.period,
        _size=counted.size_class,
        n_own=both.n_own.fill_null(0),
        floor=ibis.greatest(_share(both.n_came_same, both.n_came), _share(both.n_simple_same, both.n_simple)),
    )


def _named(lines: TableExpression, sources: tuple[str, ...], group: tuple[str, ...]) -> TableExpression:
    """Every line with each number that one of the references says, once."""
    told = [lines.select(*LINE, *group, units=lines[f"{one}_units"]) for one in sources]
    every = ibis.union(*told, distinct=True) if len(told) > 1 else told[0]
    return every.filter(every.units.notnull())


def _share(part: Any, whole: Any) -> Any:
    """A share in millionths, rounded up; 0 of nothing."""
    return ibis.ifelse(whole > 0, (part * MICRO / whole.nullif(0)).ceil().cast("int64"), ibis.literal(0, "int64"))


def copying_sums(lines: TableExpression) -> TableExpression:
    """What each manager repeated, as whole sums.

    Parameters
    ----------
    lines : rows of `copied_lines`

    Returns
    -------
    one row per (person_id, kind), sorted
        n_entered, n_repeated : entered forecasts, and those that repeat; n_with_evidence : repeated although evidence lay there
        n, k : the same two over the lines that tell something; chance_micro : int64, Σ of their chances, millionths
        residual_squares, residual_counts, squared_counts : Σ over retailers of r², r·m and m², where m counts a retailer's telling
        lines and r sums repeated (1000) less chance (thousandths) over them
        n_timed, seconds_centi : lines with a time, and Σ hundredths of a second
        n_reasons, n_top_reasons, top_reasons : lines with a reason, those with the most frequent one (of equals the first by name)
        and which it is; n_all_reasons, n_all_top_reasons : the first two of all managers together
        n_words, n_top_words, n_all_words, n_all_top_words : the same of the words
    """
    parts = [_sums_of(lines, kind) for kind in SOURCES]
    every = ibis.union(*parts)
    return every.order_by("person_id", "kind")


def _sums_of(lines: TableExpression, kind: str) -> TableExpression:
    chance, repeats = lines[f"chance_{kind}"], lines[f"repeats_{kind}"]
    tells = (chance < UNTELLING).fill_null(False)
    zero = ibis.literal(0, "int64")
    marked = lines.mutate(
        one=tells.cast("int64"),
        hit=(tells & repeats).cast("int64"),
        own_chance=ibis.ifelse(tells, chance.fill_null(0), zero),
        rest=ibis.ifelse(
            tells, repeats.cast("int64") * 1000 - (chance.fill_null(0) / 1000).floor().cast("int64"), zero
        ),
        repeated=repeats.cast("int64"),
        lay=(repeats & (lines.n_evidence > 0)).cast("int64"),
        timed=lines.seconds_spent.notnull().cast("int64"),
        centi=(lines.seconds_spent.fill_null(0.0) * 100).round().cast("int64"),
    )
    names = ("one", "hit", "own_chance", "rest", "repeated", "lay", "timed", "centi")
    shops = marked.group_by("person_id", "entity_id").agg(
        lines=marked.count().cast("int64"), **{name: marked[name].sum().cast("int64") for name in names}
    )

    def total(column: Any) -> Any:
        return column.sum().cast("int64")

    sums = shops.group_by("person_id").agg(
        n_entered=total(shops.lines),
        n_repeated=total(shops.repeated),
        n_with_evidence=total(shops.lay),
        n=total(shops.one),
        k=total(shops.hit),
        chance_micro=total(shops.own_chance),
        residual_squares=total(shops.rest * shops.rest),
        residual_counts=total(shops.rest * shops.one),
        squared_counts=total(shops.one * shops.one),
        n_timed=total(shops.timed),
        seconds_centi=total(shops.centi),
    )
    for what, column in (("reasons", "reason"), ("words", "words_key")):
        told = _most_frequent(lines, column, what)
        sums = sums.left_join(told, sums.person_id == told._person).drop("_person")
        counts = (f"n_{what}", f"n_top_{what}", f"n_all_{what}", f"n_all_top_{what}")
        sums = sums.mutate(**{count: sums[count].fill_null(0) for count in counts})
    return sums.drop("top_words").mutate(kind=ibis.literal(kind))


def _most_frequent(lines: TableExpression, column: str, what: str) -> TableExpression:
    """Of each manager the lines with a reason (words), those with the most frequent one and which it is, beside all managers'."""
    told = lines.filter(lines[column].notnull() & (lines[column] != ""))
    each = told.group_by(_person="person_id", _one=column).agg(_n=told.count().cast("int64"))
    first = ibis.row_number().over(ibis.window(group_by=each._person, order_by=[each._n.desc(), each._one]))
    each = each.mutate(_place=first)
    own = each.group_by("_person").agg(
        **{
            f"n_{what}": each._n.sum().cast("int64"),
            f"n_top_{what}": each._n.max(),
            f"top_{what}": ibis.ifelse(each._place == 0, each._one, ibis.null("string")).max(),
        }
    )
    every = told.group_by(_one=column).agg(_n=told.count().cast("int64"))
    every = every.agg(**{f"n_all_{what}": every._n.sum().cast("int64"), f"n_all_top_{what}": every._n.max()})
    return own.cross_join(every)


def copying(sums: pa.Table, parameters: Mapping[str, Any], *, evidence: bool = True) -> pa.Table:
    """Of each manager, whether entered forecasts repeat more than chance, and whether to ask about it.

    Parameters
    ----------
    sums : rows of `copying_sums`
    evidence : whether the company records evidence; without it nothing can be asked, since nothing is known to have lain there

    Returns
    -------
    one row per (person_id, kind), sorted
        n_entered, n_repeated, n_with_evidence, n_told : int64, see `copying_sums`; n_told is its n
        share : repeated ÷ entered, over telling lines; chance : mean chance there; both null below the minimum
        excess : share − chance; p_value : of "no more than judging.copied_allowed beyond chance"; q_value : over all managers
        mean_seconds : null where no time is known
        top_reason, top_reason_share : the most frequent reason and its share of the lines with one; top_words_share : of the words;
        all_top_reason_share, all_top_words_share : the same of all managers together. Null without any. They decide nothing
        answer : "yes" (to be asked about), "no" or "cannot_tell"; why : few_forecasts or no_evidence, else null

    Invariants
    ----------
    Of all "yes", at most judging.copied_error are false on average, where evidence did lie there and lines of different retailers
    are independent. No "yes" below judging.copied_minimum telling forecasts or judging.copied_evidence repeated ones with evidence.

    Source
    ------
    Hoeffding 1963 (the tail of a sum of unequal chances); Kish 1965 (design effect of retailers); Benjamini & Hochberg 1995.
    """
    rows = sums.to_pylist()
    least = int(value_of(parameters, "judging.copied_minimum"))
    allowed = float(value_of(parameters, "judging.copied_allowed"))
    error = float(value_of(parameters, "judging.copied_error"))
    least_evidence = int(value_of(parameters, "judging.copied_evidence"))
    told = [row for row in rows if row["n"] >= least]
    chances = {_key(row): _p_value(row, allowed) for row in told}
    adjusted = _adjusted(chances)
    made = []
    for row in rows:
        few = row["n"] < least
        bare = not evidence or row["n_with_evidence"] < least_evidence
        q_value = adjusted.get(_key(row))
        high = q_value is not None and q_value <= error
        answer = CANNOT_TELL if few or (high and bare) else YES if high else NO
        made.append(
            {
                **{name: row[name] for name in ("person_id", "kind", "n_entered", "n_repeated", "n_with_evidence")},
                "n_told": row["n"],
                "share": None if few else row["k"] / row["n"],
                "chance": None if few else row["chance_micro"] / MICRO / row["n"],
                "excess": None if few else (row["k"] - row["chance_micro"] / MICRO) / row["n"],
                "p_value": chances.get(_key(row)),
                "q_value": q_value,
                "mean_seconds": row["seconds_centi"] / 100 / row["n_timed"] if row["n_timed"] else None,
                "top_reason": row["top_reasons"],
                "top_reason_share": _top_share(row, "reasons"),
                "all_top_reason_share": _top_share(row, "reasons", "all_"),
                "top_words_share": _top_share(row, "words"),
                "all_top_words_share": _top_share(row, "words", "all_"),
                "answer": answer,
                "why": FEW_FORECASTS if few else NO_EVIDENCE if high and bare else None,
            }
        )
    return pa.Table.from_pylist(made, schema=COPYING)


def _key(row: Mapping[str, Any]) -> tuple[Any, str]:
    return row["person_id"], row["kind"]


def _top_share(row: Mapping[str, Any], what: str, whose: str = "") -> float | None:
    return row[f"n_{whose}top_{what}"] / row[f"n_{whose}{what}"] if row[f"n_{what}"] else None


def _p_value(row: Mapping[str, Any], allowed: float) -> float:
    """An upper bound of the chance to repeat so many or more, when `allowed` of the forecasts may be copies."""
    n, share = row["n"], row["k"] / row["n"]
    chance = row["chance_micro"] / MICRO / n
    chance = min(chance + allowed * (1 - chance), 1.0)
    if share <= chance:
        return 1.0
    far = (share * log(share / chance)) + (0.0 if share == 1 else (1 - share) * log((1 - share) / (1 - chance)))
    return exp(-n / _design(row) * far)


def _design(row: Mapping[str, Any]) -> float:
    """How much less the lines tell than as many independent ones, because those of one retailer go together; 1 at least."""
    n = row["n"]
    excess = (row["k"] * 1000 - row["chance_micro"] / 1000) / n
    spread = (
        row["residual_squares"] - 2 * excess * row["residual_counts"] + excess * excess * row["squared_counts"]
    ) / 1_000_000
    share = row["k"] / n
    alone = n * max(share * (1 - share), 1 / n)
    return max(1.0, float(spread / alone))


def _adjusted(chances: Mapping[tuple[Any, str], float]) -> dict[tuple[Any, str], float]:
    """Each p-value adjusted for having asked so many questions (Benjamini and Hochberg)."""
    ordered = sorted(chances, key=lambda key: (chances[key], str(key)))
    adjusted, lowest = {}, 1.0
    for place in range(len(ordered), 0, -1):
        key = ordered[place - 1]
        lowest = min(lowest, chances[key] * len(ordered) / place)
        adjusted[key] = lowest
    return adjusted


COPYING: Final = pa.schema(
    [
        ("person_id", pa.int64()),
        ("kind", pa.string()),
        *((name, pa.int64()) for name in ("n_entered", "n_repeated", "n_with_evidence", "n_told")),
        *(
            (name, pa.float64())
            for name in (
                "share", "chance", "excess", "p_value", "q_value", "mean_seconds", "top_reason_share", "all_top_reason_share",
                "top_words_share", "all_top_words_share",
            )
        ),
        ("top_reason", pa.string()),
        ("answer", pa.string()),
        ("why", pa.string()),
    ]
)  # fmt: skip
