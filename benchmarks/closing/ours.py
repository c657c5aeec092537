"""Our side: the plan of the core, answered by the engine, from versions pinned in the lake."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.master import COMPANY
from lianxin import engine
from lianxin.core import measuring
from lianxin.engine.lake import Lake

CODE = "bench"


def pinned(home: Path) -> tuple[Lake, dict[str, int]]:
    """The lake and the versions that a closing would pin."""
    lake = Lake(home)
    tables = ("order_lines", "retailer_versions", "territories", "postings", "units", "product_versions")
    return lake, {table: lake.version(table) for table in tables}


def closing(home: Path, month: date, parameters: Mapping[str, Any]) -> Callable[[], pa.Table]:
    """A call that goes from pinned files to the result table, as a closing does it in a process that runs already."""
    lake, versions = pinned(home)
    opened = engine.open("duckdb", memory_limit="3GB", scratch=home / "scratch")

    def act() -> pa.Table:
        corrected = lake.replacements(versions["order_lines"], COMPANY).num_rows > 0
        steps = measuring.plan(month, parameters, company_id=COMPANY, company_code=CODE, replaced=corrected)
        sources = lake.sources(
            steps.sources, company_id=COMPANY, months=measuring.months_needed(month), versions=versions
        )
        return opened.run(steps, sources)

    return act
