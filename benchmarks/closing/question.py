"""What every side is asked: the month, the parameters, and the days that follow from them."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.closing.ours import CODE, pinned
from benchmarks.master import COMPANY, MONTH
from lianxin.core import measuring
from lianxin.core.parameters import value_of
from lianxin.core.units import last_day, mondays_in, month_plus


@dataclass(frozen=True)
class Question:
    """A month with its parameters and the files that were pinned for it."""

    month: date
    parameters: dict[str, Any]
    files: dict[str, tuple[str, ...]]
    company: int = COMPANY
    company_code: str = CODE

    @property
    def last_day(self) -> date:
        return last_day(self.month)

    @property
    def mondays(self) -> tuple[date, ...]:
        return mondays_in(self.month)

    @property
    def first_week(self) -> date:
        return self.mondays[0] - timedelta(days=7)

    @property
    def weeks_end(self) -> date:
        return self.mondays[-1] + timedelta(days=7)

    @property
    def new_from(self) -> dict[bool, date]:
        """First listing day of a new product, in the long classes and in the others."""
        return {
            long: month_plus(self.month, 1 - self.value(f"new_product_{'long_' if long else ''}months"))
            for long in (True, False)
        }

    def value(self, name: str) -> Any:
        """A parameter of measuring."""
        return value_of(self.parameters, f"measuring.{name}")

    def shifted(self, months: int) -> date:
        return month_plus(self.month, months)


def question(home: Path) -> Question:
    """The question over the lake in `home`, whose key products were noted beside it."""
    lake, versions = pinned(home)
    months = measuring.months_needed(MONTH)
    files = {
        table: lake.files(table, version, COMPANY, months if table == "order_lines" else None).paths
        for table, version in versions.items()
    }
    noted = json.loads((home / "parameters.json").read_text("utf-8"))
    return Question(MONTH, noted, files)
