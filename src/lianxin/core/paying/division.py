"""Exact whole-number division of a product larger than 64 bits, in plain 64-bit columns, the same on every engine.

Engines differ in their wide types: DuckDB divides decimals as floats, Spark rounds their quotients. So amount x weight / total
is divided as on paper, three decimal digits of the amount at a time; no intermediate number leaves 64 bits.
"""

from __future__ import annotations

from typing import Any, Final

from ibis.expr import types as ir

DIGIT: Final = 1000
DIGITS: Final = 5
LARGEST_AMOUNT: Final = DIGIT**DIGITS - 1
LARGEST_TOTAL: Final = 4 * 10**15


def whole(amount: Any, divisor: Any) -> Any:
    """The whole quotient of two whole numbers, not negative; null where the divisor is zero.

    Exact while the quotient stays below 2**52: the multiple of the divisor is taken first, and half a unit covers what the float
    division loses.
    """
    safe = divisor.nullif(0) if isinstance(divisor, ir.Value) else divisor
    return ((amount - amount % safe) / safe + 0.5).floor().cast("int64")


def divided(frame: ir.Table, name: str, amount: Any, weight: Any, total: Any) -> ir.Table:
    """Add `<name>_quotient` and `<name>_remainder` of amount x weight / total to the rows.

    Parameters
    ----------
    frame : rows
    amount, weight, total : int64 columns, not negative; amount <= LARGEST_AMOUNT, weight and total <= LARGEST_TOTAL

    Returns
    -------
    the rows with quotient and remainder (int64), both null where total is zero or any of the three is null

    Invariants
    ----------
    quotient x total + remainder = amount x weight, and remainder < total.

    Source
    ------
    Long division; each step keeps rest < total, so rest x 1000 + digit x weight < 2**63.
    """
    before = frame.columns
    frame = frame.mutate(of_amount=amount, of_weight=weight, of_total=total.nullif(0))
    frame = frame.mutate(quotient=frame.of_total - frame.of_total, rest=frame.of_total - frame.of_total)
    for place in reversed(range(DIGITS)):
        digit = whole(frame.of_amount, DIGIT**place) % DIGIT
        frame = frame.mutate(carried=frame.rest * DIGIT + digit * frame.of_weight)
        frame = frame.mutate(rest=frame.carried % frame.of_total)
        frame = frame.mutate(quotient=frame.quotient * DIGIT + whole(frame.carried, frame.of_total))
    return frame.select(*before, **{f"{name}_quotient": frame.quotient, f"{name}_remainder": frame.rest})
