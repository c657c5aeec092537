# ruff: noqa: S608 - this room speaks SQL; names come from our contracts, paths and texts pass `quoted`
"""The SQL by which a file of order lines is judged, row by row, without Python seeing a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lianxin.engine.quoting import quoted

REQUIRED: Final = ("line_id", "order_date", "licence_no", "product_code", "ordered_units")
WHOLE: Final = ("wanted_units", "cap_units", "supplied_units")
CANONICAL: Final = (*REQUIRED, *WHOLE, "amount")
CONTENT_IN_ORDER: Final = (
    "order_date",
    "retailer_id",
    "product_id",
    "wanted_units",
    "cap_units",
    "ordered_units",
    "supplied_units",
    "amount_fen",
)
DATE_FORMATS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S")
FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100


def name(column: str) -> str:
    """The column as an SQL name."""
    return '"' + column.replace('"', '""') + '"'


def raw_csv(path: str, delimiter: str, headers: Sequence[str], rejects: str, *, parallel: bool) -> str:
    """All columns of a CSV file as text. Rows with too many or too few columns go to the table of rejects."""
    columns = ", ".join(f"{quoted(header)}: 'VARCHAR'" for header in headers)
    return (
        f"read_csv({quoted(path)}, auto_detect = false, columns = {{{columns}}}, header = true, "
        f"delim = {quoted(delimiter)}, quote = '\"', escape = '\"', ignore_errors = true, store_rejects = true, "
        f"rejects_table = {quoted(rejects)}, rejects_scan = {quoted(rejects + '_scan')}, rejects_limit = 0, "
        f"max_line_size = 1048576, parallel = {str(parallel).lower()})"
    )


def raw_parquet(path: str) -> str:
    """A Parquet file."""
    return f"read_parquet({quoted(path)})"


def _text(columns: Mapping[str, str], canonical: str) -> str:
    return (
        f"nullif(trim(CAST(r.{name(columns[canonical])} AS VARCHAR)), '')" if canonical in columns else "NULL::VARCHAR"
    )


def texts(columns: Mapping[str, str], number: int, line: str) -> str:
    """Canonical columns of file `number` as trimmed text, empty as null, with the number of the line in its file.

    Parameters
    ----------
    columns : canonical name -> foreign name
    line : SQL for the line number of a row, in terms of `r.rowid`
    """
    selected = ", ".join(f"{_text(columns, canonical)} AS {name('t_' + canonical)}" for canonical in CANONICAL)
    return f"SELECT {number} AS file_number, r.rowid AS raw_row, {line} AS line_number, {selected} FROM raw_{number} r"


def _date(formats: Sequence[str] | None) -> str:
    # The plain cast is several times quicker than trying formats, and like them refuses 2021-02-30.
    tried = ", ".join(quoted(text) for text in (formats or DATE_FORMATS))
    by_format = f"CAST(try_strptime(t_order_date, [{tried}]) AS DATE)"
    found = by_format if formats else f"coalesce(TRY_CAST(t_order_date AS DATE), {by_format})"
    return f"CASE WHEN year({found}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {found} END"


def _number(column: str, currency: bool = False) -> str:
    text = f"t_{column}"
    if currency:
        text = f"CASE WHEN regexp_matches({text}, '[$¥￥ ]') THEN regexp_replace({text}, '[$¥￥ ]', '', 'g') ELSE {text} END"
    plain = (
        f"CASE WHEN NOT contains({text}, ',') THEN {text} "
        rf"WHEN regexp_full_match({text}, '[+-]?\d{{1,3}}(,\d{{3}})+(\.\d+)?') THEN replace({text}, ',', '') END"
    )
    return f"TRY_CAST({plain} AS DECIMAL(24, 6))"


def parsed(formats: Sequence[str] | None) -> str:
    """Texts with their values; null where a text has none."""
    numbers = ", ".join(f"{_number(column)} AS {name('d_' + column)}" for column in ("ordered_units", *WHOLE))
    return (
        f"SELECT texts.*, {_date(formats)} AS order_date, {numbers}, {_number('amount', True)} AS d_amount, "
        "retailers.retailer_id, products.product_id FROM texts "
        "LEFT JOIN retailers ON texts.t_licence_no = retailers.licence_no "
        "LEFT JOIN products ON texts.t_product_code = products.product_code"
    )


def _faults() -> list[tuple[str, str, str]]:
    """Condition, column and reason, in the order in which they are told; only the first of a row is."""
    found = [
        ("t_line_id IS NULL", "line_id", "empty"),
        ("t_order_date IS NULL", "order_date", "empty"),
        ("order_date IS NULL", "order_date", "not_a_date"),
        ("t_licence_no IS NULL", "licence_no", "empty"),
        ("retailer_id IS NULL", "licence_no", "unknown_retailer"),
        ("t_product_code IS NULL", "product_code", "empty"),
        ("product_id IS NULL", "product_code", "unknown_product"),
        ("t_ordered_units IS NULL", "ordered_units", "empty"),
    ]
    for column in ("ordered_units", *WHOLE):
        value = f"d_{column}"
        found += [
            (f"t_{column} IS NOT NULL AND {value} IS NULL", column, "not_a_number"),
            (f"{value} <> trunc({value})", column, "not_whole"),
            (f"abs({value}) > 2147483647", column, "too_large"),
        ]
    found += [
        ("t_amount IS NOT NULL AND d_amount IS NULL", "amount", "not_a_number"),
        ("d_amount * 100 <> trunc(d_amount * 100)", "amount", "too_many_decimals"),
        ("abs(d_amount) > 90000000000000", "amount", "too_large"),
    ]
    return found


def judged() -> str:
    """Rows with canonical values, and the number of their first fault or null."""
    cases = " ".join(f"WHEN {condition} THEN {number}" for number, (condition, _, _) in enumerate(_faults()))
    return (
        "SELECT file_number, raw_row, line_number, t_line_id AS line_id, order_date, "
        "make_date(year(order_date), month(order_date), 1) AS order_month, retailer_id, product_id, "
        + ", ".join(f"TRY_CAST(d_{column} AS INTEGER) AS {column}" for column in ("wanted_units", "cap_units"))
        + ", "
        + ", ".join(f"TRY_CAST(d_{column} AS INTEGER) AS {column}" for column in ("ordered_units", "supplied_units"))
        + f", TRY_CAST(d_amount * 100 AS BIGINT) AS amount_fen, CASE {cases} END::TINYINT AS fault FROM parsed"
    )


def fault_table() -> str:
    """The faults by number: column and reason."""
    rows = ", ".join(
        f"({number}, {quoted(column)}, {quoted(code)})" for number, (_, column, code) in enumerate(_faults())
    )
    return f"SELECT * FROM (VALUES {rows}) AS f(fault, bad_column, reason)"


def refusal_order() -> str:
    """Column and text of every fault by number, for the table of refusals."""
    return " ".join(f"WHEN {number} THEN {name('t_' + column)}" for number, (_, column, _) in enumerate(_faults()))


def same_content(left: str, right: str) -> str:
    """Whether two rows say the same."""
    return " AND ".join(f"{left}.{column} IS NOT DISTINCT FROM {right}.{column}" for column in CONTENT_IN_ORDER)


def content_text(row: str) -> str:
    """A row in words, for a person to compare."""
    parts = [
        f"'order_date=' || strftime({row}.order_date, '%Y-%m-%d')",
        f"'licence_no=' || coalesce((SELECT any_value(licence_no) FROM retailers WHERE retailer_id = {row}.retailer_id), '?')",
        f"'product_code=' || coalesce((SELECT any_value(product_code) FROM products WHERE product_id = {row}.product_id), '?')",
        *(
            f"'{column}=' || {row}.{column}"
            for column in ("wanted_units", "cap_units", "ordered_units", "supplied_units")
        ),
        f"'amount=' || CAST({row}.amount_fen / 100.0 AS DECIMAL(24, 2))",
    ]
    return f"concat_ws(' ', {', '.join(parts)})"
