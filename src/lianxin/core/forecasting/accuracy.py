# ruff: noqa: E501
"""How right every author was: the honest accuracy first, the flattering ones beside it, and the lean of each author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.forecasting.adding_value import block_length
from lianxin.core.forecasting.judging_contracts import ACTUALS, MILLI, NOT_ENOUGH, STAIR, VALUE
from lianxin.core.forecasting.resampling import Dice, draws, grid, ratio_intervals
from lianxin.core.parameters import value_of


@dataclass(frozen=True)
class Accuracy:
    """One way of telling how right forecasts were, with its words."""

    code: str
    title_zh: str
    title_en: str
    formula_zh: str
    formula_en: str
    note_zh: str
    note_en: str


# fmt: off
ACCURACIES: Final = {told.code: told for told in (
    Accuracy("honest", "准确率（户×品规）", "Accuracy at retailer × product",
        "1 − Σ|F−A| ÷ ΣA，逐户逐品规", "1 − Σ|F−A| ÷ ΣA over retailer × product",
        "误差不能互相抵消；可以为负，不封底。", "Errors cannot cancel; it may be below zero and is not cut there."),
    Accuracy("product", "准确率（品规）", "Accuracy at product",
        "1 − Σ|F−A| ÷ ΣA，先在所评范围内按品规合计", "1 − Σ|F−A| ÷ ΣA over products, summed over the retailers first",
        "各户之间的误差已互相抵消。", "Errors of retailers have cancelled within a product."),
    Accuracy("total", "准确率（总量）", "Accuracy on the total",
        "1 − |ΣF−ΣA| ÷ ΣA", "1 − |ΣF−ΣA| ÷ ΣA",
        "高估与低估互相抵消，几乎总在 95% 以上；公布的 99% 多属此口径。", "Too much here cancels too little there, so it is nearly always above 95 %; published figures of 99 % are of this kind."),
    Accuracy("by_forecast", "准确率（以预测为分母）", "Accuracy by the forecast",
        "1 − Σ|F−A| ÷ ΣF，逐户逐品规", "1 − Σ|F−A| ÷ ΣF over retailer × product",
        "报高预测即可提高此数。", "Forecasting more makes this figure rise."),
    Accuracy("mean_of_products", "准确率（品规平均）", "Mean accuracy of products",
        "各品规 max(0, 1 − |F−A| ÷ A) 的平均，A 为 0 的不计", "Mean over products of max(0, 1 − |F−A| ÷ A); those with A = 0 do not count",
        "大小品规同等看待，且单个品规的误差以 100% 封顶。", "Small products count as much as large ones, and no error counts for more than 100 %."),
    Accuracy("within", "误差在限内的品规占比", "Products within the margin",
        "|F−A| ≤ 界限 × A 的品规数 ÷ A > 0 的品规数", "Products with |F−A| ≤ margin × A ÷ products with A > 0",
        "只看是否在限内，不看差多少。", "It asks whether, not by how much."),
    Accuracy("bias", "偏差", "Bias",
        "ΣF ÷ ΣA − 1", "ΣF ÷ ΣA − 1",
        "正为高估，负为低估。", "Above zero: too much; below: too little."),
)}
# fmt: on
_ENTITY: Final = ("level", "entity_id")
_KEYS: Final = (*_ENTITY, "author", "actual")
_SUMS: Final = ("n", "error", "forecast", "came")
_PRODUCT_SUMS: Final = ("n_products", "product_error", "right_milli", "n_within", "n_with_sales")


def author_sums(judged: TableExpression, parameters: Mapping[str, Any]) -> TableExpression:
    """Errors and sums of every author, by period, against every variant of what was sold.

    Parameters
    ----------
    judged : rows of `JUDGED_LINES`

    Returns
    -------
    one row per (period, period_no, level, entity_id, author, actual)
        level : manager (lines of one person), entered (of them those on which that person entered a number), everybody (all lines of retailers, entity_id null), unit, company
        n : lines; error, forecast, came : int64, thousandths of a unit: Σ|F−A|, ΣF, ΣA
        n_products, product_error : products and Σ|F−A| over them, retailers summed first
        right_milli : Σ over products with A > 0 of max(0, 1 − |F−A| ÷ A), thousandths rounded down; n_with_sales : how many
        n_within : products with A > 0 and |F−A| ≤ margin × A
    """
    margin = round(float(value_of(parameters, "judging.within_share")) * MILLI)
    at_shops = judged.filter(judged.level == "retailer")
    mine = at_shops.filter(at_shops.person_id.notnull())
    placed = [
        mine.mutate(level=ibis.literal("manager"), entity_id=mine.person_id),
        mine.filter(mine.entered).mutate(level=ibis.literal("entered"), entity_id=mine.person_id),
        at_shops.mutate(level=ibis.literal("everybody"), entity_id=ibis.null("int64")),
        judged.filter(judged.level != "retailer"),
    ]
    wanted = ("period", "period_no", *_ENTITY, "product_id")
    sources = (*(f"{step}_milli" for step in STAIR), *(f"{actual}_units" for actual in ACTUALS))
    rows = ibis.union(*(part.select(*wanted, *sources) for part in placed))
    parts = []
    for author in STAIR:
        for actual in ACTUALS:
            came = rows[f"{actual}_units"] * MILLI
            said = rows[f"{author}_milli"]
            told = rows.filter(said.notnull() & came.notnull())
            products = told.group_by(*wanted).agg(
                n=told.count().cast("int64"),
                error=(said - came).abs().sum().cast("int64"),
                forecast=said.sum().cast("int64"),
                came=came.sum().cast("int64"),
            )
            parts.append(
                products.mutate(author=ibis.literal(author), actual=ibis.literal(actual)).select(
                    "period", "period_no", *_KEYS, *_SUMS
                )
            )
    every = ibis.union(*parts)
    off = (every.forecast - every.came).abs()
    sold = every.came > 0
    zero = ibis.literal(0, "int64")
    right = ibis.greatest(MILLI - (off * MILLI / every.came.nullif(0)).ceil().cast("int64"), zero)
    sums = every.group_by("period", "period_no", *_KEYS).agg(
        **{name: every[name].sum().cast("int64") for name in _SUMS},
        n_products=every.count().cast("int64"),
        product_error=off.sum().cast("int64"),
        right_milli=ibis.ifelse(sold, right, zero).sum().cast("int64"),
        n_within=(sold & (off * MILLI <= every.came * margin)).cast("int64").sum().cast("int64"),
        n_with_sales=sold.cast("int64").sum().cast("int64"),
    )
    return sums.order_by("period", "period_no", *_KEYS)


def accuracies(sums: pa.Table, parameters: Mapping[str, Any], dice: Dice) -> pa.Table:
    """Every accuracy of every author over all periods, with intervals where errors add up.

    Parameters
    ----------
    sums : rows of `author_sums`
    dice : a seeded generator, for the bootstrap

    Returns
    -------
    one row per (period, level, entity_id, author, actual, accuracy), in the order of `ACCURACIES`
        numerator, denominator : float64; value : their ratio (less 1 for bias), null where not told
        low, high : 95 % interval over blocks of periods for honest, by_forecast and bias, from five blocks on; else null
        n : lines; n_periods; answer : "value" or "not_enough_data" (fewer than judging.minimum_lines lines, or nothing sold)

    Invariants
    ----------
    honest ≤ product ≤ total for the same author, actual and entity: errors can only cancel.
    """
    kinds = sorted(set(sums.column("period").to_pylist()))
    parts = []
    for kind in kinds:
        rows = sums.filter(pa.compute.equal(sums.column("period"), kind))
        parts += _of_period(kind, rows.to_pydict(), parameters, dice)
    return pa.concat_tables(parts) if parts else _table({name: [] for name in _columns()})


def _of_period(period: str, rows: dict[str, list[Any]], parameters: Mapping[str, Any], dice: Dice) -> list[pa.Table]:
    laid = grid(rows, _KEYS, "period_no", (*_SUMS, *_PRODUCT_SUMS))
    block = block_length(period, parameters)
    counts = draws(len(laid.periods), block, int(value_of(parameters, "judging.resamples")), dice)
    n_periods = laid.n_periods()
    by_period = laid.sums
    tops = {
        "honest": by_period["came"] - by_period["error"],
        "by_forecast": by_period["forecast"] - by_period["error"],
        "bias": by_period["forecast"] - by_period["came"],
    }
    total = {name: values.sum(axis=0).astype(float) for name, values in by_period.items()}
    whole_error = np.abs(total["forecast"] - total["came"])
    parts = {
        "honest": (total["came"] - total["error"], total["came"]),
        "product": (total["came"] - total["product_error"], total["came"]),
        "total": (total["came"] - whole_error, total["came"]),
        "by_forecast": (total["forecast"] - total["error"], total["forecast"]),
        "mean_of_products": (total["right_milli"], total["n_with_sales"] * MILLI),
        "within": (total["n_within"], total["n_with_sales"]),
        "bias": (total["forecast"] - total["came"], total["came"]),
    }
    few = total["n"] < int(value_of(parameters, "judging.minimum_lines"))
    made = []
    for code in ACCURACIES:
        top, bottom = parts[code]
        told = ~few & (bottom > 0)
        low = high = np.full(len(laid.cells), np.nan)
        if code in tops:
            under = by_period["forecast"] if code == "by_forecast" else by_period["came"]
            low, high = ratio_intervals(tops[code], under, counts, n_periods / block)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(told, top / bottom, np.nan)
        columns: dict[str, Any] = {name: [cell[at] for cell in laid.cells] for at, name in enumerate(_KEYS)}
        columns |= {
            "period": [period] * len(laid.cells),
            "accuracy": [code] * len(laid.cells),
            "numerator": top.tolist(),
            "denominator": bottom.tolist(),
            "value": _numbers(value),
            "low": _numbers(np.where(told, low, np.nan)),
            "high": _numbers(np.where(told, high, np.nan)),
            "n": total["n"].astype(np.int64).tolist(),
            "n_periods": n_periods.tolist(),
            "answer": np.where(told, VALUE, NOT_ENOUGH).tolist(),
        }
        made.append(_table(columns))
    return made


def _numbers(values: Any) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def _columns() -> dict[str, pa.DataType]:
    return {
        "period": pa.string(),
        "level": pa.string(),
        "entity_id": pa.int64(),
        **{name: pa.string() for name in ("author", "actual", "accuracy")},
        **{name: pa.float64() for name in ("numerator", "denominator", "value", "low", "high")},
        **{name: pa.int64() for name in ("n", "n_periods")},
        "answer": pa.string(),
    }


def _table(columns: Mapping[str, Any]) -> pa.Table:
    return pa.table({name: pa.array(columns[name], kind) for name, kind in _columns().items()})
