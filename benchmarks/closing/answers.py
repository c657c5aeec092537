"""From sums of entities to the result table with NumPy: what Polars and pandas share, a few thousand rows at the end."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.closing.question import Question
from lianxin.core.tables import INDICATOR_VALUES

Arrays = Mapping[str, np.ndarray]
LEVEL_OF_GROUPS = "retailer"


def _rows(
    sums: Arrays, code: Any, unit: str, over: Any, under: Any, n: Any, reasons: list[tuple[Any, str]], **more: Any
) -> dict[str, Any]:
    size = len(sums["level"])
    reason = np.full(size, None, dtype=object)
    for test, word in reversed([*reasons, (n < 1, "below_minimum")]):
        reason[test] = word
    numerator = np.asarray(over, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        if under is None:
            denominator, value = np.full(size, np.nan), numerator
        else:
            denominator = np.asarray(under, dtype=float)
            value = numerator / np.where(denominator == 0, np.nan, denominator) - more.get("minus", 0.0)
    told = np.array([word is None for word in reason])
    rows = {
        **{name: sums[name] for name in ("level", "entity", "entity_id")},
        "indicator": np.full(size, code, dtype=object) if isinstance(code, str) else code,
        "value": np.where(told, value, np.nan),
        "numerator": numerator,
        "denominator": denominator,
        "n": n,
        "unit": np.full(size, unit, dtype=object),
        "answer": np.where(told, "value", "not_enough_data"),
        "reason": reason,
    }
    if more.get("groups_only"):
        kept = sums["level"] != LEVEL_OF_GROUPS
        rows = {name: values[kept] for name, values in rows.items()}
    return rows


def _divided(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(under == 0, np.nan, over / np.where(under == 0, 1, under))


def answers(asked: Question, s: Arrays, classes: Arrays) -> pa.Table:
    """The contract `indicator_values`, sorted by key.

    s : sums by entity; classes : `price_class`, `class_units`, `units` and `n_lines` by entity and class
    """
    lines, units = s["n_lines"], s["units"]
    none = (lines == 0, "no_lines")
    amounts = [none, (s["n_without_amount"] > 0, "not_recorded")]
    shared = [none, (units <= 0, "no_base")]
    known = s["known_amount_fen"]
    uncovered = (known < s["amount_fen"] * float(asked.value("cost_coverage_minimum"))) | (known <= 0)
    expected = s["expected_milli_units"]
    code = np.char.add("price_class_share.", classes["price_class"].astype(str)).astype(object)
    by_class = [(classes["n_lines"] == 0, "no_lines"), (classes["units"] <= 0, "no_base")]
    no_last = (s["n_ordering_last"] <= 0) | (s["last_units"] <= 0)
    nobody = (s["n_ordering"] <= 0, "no_lines")
    none_held = (s["n_retailers"] <= 0, "holds_none")
    told = [
        _rows(s, "sales_units", "order_units", units, None, lines, [none]),
        _rows(s, "sales_amount", "money", s["amount_fen"] / 100.0, None, lines, amounts),
        _rows(s, "same_period_change", "ratio", s["own_units"], s["base_units"], s["n_active"],
              [none_held, (s["base_units"] <= 0, "no_base")], minus=1.0),
        _rows(s, "unit_price", "money_per_unit", s["amount_fen"] / 100.0, units, lines, [*amounts, (units <= 0, "no_base")]),
        _rows(s, "key_brand_share", "share", s["key_units"], units, lines, shared),
        _rows(classes, code, "share", classes["class_units"], classes["units"], classes["n_lines"], by_class),
        _rows(s, "company_gross_margin", "share", (known - s["known_cost_fen"]) / 100.0, known / 100.0, lines,
              [*amounts, (s["amount_fen"] <= 0, "no_base"), (uncovered, "no_cost")]),
        _rows(s, "order_coverage", "share", s["n_ordering"], s["n_retailers"], s["n_retailers"],
              [none_held], groups_only=True),
        _rows(s, "products_per_retailer", "count", s["n_products"], s["n_ordering"], s["n_ordering"], [none_held, nobody]),
        _rows(s, "sell_through.a", "ratio", s["n_ordering"], s["n_ordering_before"],
              s["n_ordering_before"], [none_held, (s["n_ordering_before"] <= 0, "no_base")], groups_only=True),
        _rows(s, "sell_through.b", "ratio", _divided(s["own_units"], s["n_ordering"]),
              _divided(s["last_units"], s["n_ordering_last"]), s["n_ordering_last"], [none_held, nobody, (no_last, "no_base")]),
        _rows(s, "repurchase", "share", s["n_again"], s["n_prior"], s["n_prior"], [none_held, (s["n_prior"] <= 0, "no_base")]),
        _rows(s, "new_product_distribution", "share", s["new_ordered"], s["new_pairs"], s["new_pairs"],
              [none_held, (s["new_pairs"] <= 0, "no_base")]),
        _rows(s, "peer_growth", "ratio", s["counted_units"], expected / 1000.0, s["n_counted"],
              [none_held, (s["n_counted"] == 0, "no_peers"), (expected <= 0, "no_base")]),
        _rows(s, "large_retailer_share", "share", s["large_units"], units, lines, shared, groups_only=True),
    ]  # fmt: skip
    return _table(asked, {name: np.concatenate([rows[name] for rows in told]) for name in told[0]})


def _table(asked: Question, columns: Mapping[str, np.ndarray]) -> pa.Table:
    shape = pa.schema([field.with_nullable(True) for field in INDICATOR_VALUES.schema.to_pyarrow()])
    size = len(columns["level"])
    fixed = {"company_id": asked.company, "month": asked.month}
    arrays = [
        pa.array([fixed[field.name]] * size, type=field.type)
        if field.name in fixed
        else pa.array(columns[field.name], type=field.type, from_pandas=True)
        for field in shape
    ]
    made = pa.Table.from_arrays(arrays, schema=shape)
    made = made.filter(pc.is_valid(made.column("entity")))
    return made.sort_by([(name, "ascending") for name in ("level", "entity", "entity_id", "indicator")])
