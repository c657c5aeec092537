"""The tables that paying reads and returns. Postings are those of `core.tables`."""

from __future__ import annotations

from typing import Final

import ibis

from lianxin.core.tables import Table


def _table(name: str, key: str, doc: str, /, **columns: str) -> Table:
    return Table(name, ibis.schema(columns), ("company_id", "month"), tuple(key.split()), doc)


CALENDAR: Final = _table(
    "calendar",
    "company_id day",
    "The days of the months that are paid, and whether the company works on them.",
    company_id="!int32",
    month="!date",
    day="!date",
    is_working="!boolean",
)

DAYS_IN_POST: Final = _table(
    "days_in_post",
    "company_id month entity",
    "How many of the counted days of a month somebody held the post.",
    company_id="!int32",
    month="!date",
    entity="!string",
    days="!int64",
    month_days="!int64",
)

POOLS: Final = _table(
    "pools",
    "company_id month pool",
    "What is to be divided, by pool: the company's, or one for every unit.",
    company_id="!int32",
    month="!date",
    pool="!string",
    pool_fen="int64",
)

PAID_PEOPLE: Final = _table(
    "paid_people",
    "company_id month entity",
    "Who shares in which pool, with total (and the answer of the total), days in post, and the key of the coefficient.",
    company_id="!int32",
    month="!date",
    entity="!string",
    pool="!string",
    total_milli="int64",
    answer="!string",
    coefficient_key="string",
    days="!int64",
    month_days="!int64",
)

PAY: Final = _table(
    "pay",
    "company_id month entity",
    "What everybody gets, and every number it came from.",
    company_id="!int32",
    month="!date",
    entity="!string",
    pool="!string",
    pool_fen="!int64",
    score_milli="int64",
    coefficient_milli="!int64",
    days="!int64",
    month_days="!int64",
    weight="!int64",
    weight_total="!int64",
    floor_fen="!int64",
    is_at_floor="!boolean",
    remainder_fen="!int64",
    amount_fen="int64",
    handling="!string",
    reason="string",
)

PAY_FAULTS: Final = _table(
    "pay_faults",
    "company_id month pool",
    "Pools that cannot be divided, with the first reason found.",
    company_id="!int32",
    month="!date",
    pool="!string",
    fault="!string",
    pool_fen="int64",
    n_people="!int64",
    floors_fen="int64",
)
