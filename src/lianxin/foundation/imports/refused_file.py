"""The file of refused rows: the columns as they came, then where and why, so that it can be mended and sent again."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from lianxin.foundation.imports.cells import plain
from lianxin.foundation.imports.kinds import Refusal

OWN_COLUMNS: Final = ("refused_line", "refused_column", "refused_value", "refused_reason")
# A spreadsheet program runs a text that begins so as a formula when it opens the file.
RUNS_AS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[\d.,]+")


def harmless(cell: Any) -> str:
    """The cell as text that no spreadsheet program runs. Numbers, negative ones too, stay as they are."""
    written = plain(cell)
    if written.startswith(RUNS_AS_FORMULA) and not NUMBER.fullmatch(written):
        return "'" + written
    return written


def write(path: Path, head: Sequence[str], refusals: Iterable[Refusal]) -> None:
    """Write the file: UTF-8 with a byte order mark, because it is opened in spreadsheet programs."""
    width = len(head)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow([*map(harmless, head), *OWN_COLUMNS])
        for refusal in refusals:
            cells = [harmless(cell) for cell in refusal.cells[:width]]
            cells += [""] * (width - len(cells))
            out.writerow([*cells, refusal.line, refusal.column, harmless(refusal.value), harmless(refusal.reason)])
