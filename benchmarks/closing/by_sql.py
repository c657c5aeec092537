"""The limit: SQL written by hand for DuckDB, on the same files, with the same settings."""

from collections.abc import Callable
from pathlib import Path
from string import Template

import duckdb
import pyarrow as pa

from benchmarks.closing.question import Question, question

HERE = Path(__file__).parent
SUMS = (
    *(
        "units",
        "amount_fen",
        "n_lines",
        "n_without_amount",
        "key_units",
        "known_amount_fen",
        "known_cost_fen",
        "large_units",
    ),
    *(
        "n_retailers",
        "own_units",
        "base_units",
        "last_units",
        "n_active",
        "n_ordering",
        "n_ordering_last",
        "n_ordering_before",
    ),
    *(
        "n_products",
        "n_again",
        "n_prior",
        "new_ordered",
        "new_pairs",
        "n_counted",
        "counted_units",
        "expected_milli_units",
    ),
)


def _listed(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values) or "NULL"


def filled(asked: Question) -> list[str]:
    """The statements with the question's days and numbers in them; the last one answers."""
    groups = enumerate(asked.value("tier_groups"))
    cases = " ".join(f"WHEN v.tier BETWEEN {low} AND {high} THEN {number}" for number, (low, high) in groups)
    words = {
        "month": asked.month,
        "next_month": asked.shifted(1),
        "last_month": asked.shifted(-1),
        "year_ago": asked.shifted(-12),
        "last_day": asked.last_day,
        "first_week": asked.first_week,
        "weeks_end": asked.weeks_end,
        "week_mask": sum(1 << week for week in range(1, len(asked.mondays) + 1)),
        "months": ", ".join(f"DATE '{asked.shifted(step)}'" for step in (-12, *range(-3, 2))),
        "long_classes": _listed(asked.value("new_product_long_classes")),
        "long_start": asked.new_from[True],
        "short_start": asked.new_from[False],
        "key_products": _listed(asked.value("key_products")),
        "tier_group": f"CASE {cases} ELSE -1 END",
        "peer_minimum": asked.value("peer_minimum"),
        "large": asked.value("large_retailer_units"),
        "company": asked.company,
        "company_code": asked.company_code,
        "names": ", ".join(SUMS),
        "sums": ", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in SUMS),
    }
    steps = Template((HERE / "limit.sql").read_text("utf-8")).substitute(words)
    last = Template((HERE / "answers.sql").read_text("utf-8")).substitute(words)
    return [*(step for step in steps.split(";\n") if step.strip()), last]


def closing(home: Path) -> Callable[[], pa.Table]:
    """A call that goes from pinned files to the result table."""
    database = duckdb.connect(":memory:")
    database.execute("SET memory_limit = '3GB'")
    database.execute("SET preserve_insertion_order = false")
    database.execute("SET parquet_metadata_cache = true")
    asked = question(home)

    def act() -> pa.Table:
        cursor = database.cursor()
        try:
            for name, paths in asked.files.items():
                files = ", ".join(f"'{path}'" for path in paths)
                cursor.execute(f"CREATE TEMP VIEW {name} AS FROM read_parquet([{files}], hive_partitioning = false)")
            *steps, last = filled(asked)
            for step in steps:
                cursor.execute(step)
            return cursor.sql(last).to_arrow_table()
        finally:
            cursor.close()

    return act
