"""Tables of results: printed, and kept in the reference between markers that name the measurement."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks import machine

KEPT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "benchmarks.md"


@dataclass
class Report:
    """What one measurement found: a title, how it was made, tables, and the verdict on each target."""

    name: str
    title: str
    made: str
    tables: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)

    def add(self, head: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
        """A table; the first column is text, the others are figures."""
        lines = [f"**{title}**", ""] if title else []
        lines += ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        self.tables.append("\n".join(lines))

    def judge(self, target: str, value: str, reached: bool) -> None:
        """Whether a target was reached, in words."""
        self.verdicts.append(f"- {'reached' if reached else 'NOT reached'}: {target} — measured {value}")

    def text(self) -> str:
        """The section as Markdown."""
        when = f"Measured on {date.today().isoformat()}. {machine.described()} {self.made}"
        return "\n\n".join([f"## {self.title}", when, *self.tables, "\n".join(self.verdicts)]).strip()


def markers(name: str) -> tuple[str, str]:
    return f"<!-- begin {name} -->", f"<!-- end {name} -->"


def keep(report: Report, place: Path = KEPT) -> None:
    """Put the report between its markers; the rest of the page stays.

    Raises
    ------
    ValueError : the page has no markers of that name.
    """
    begin, end = markers(report.name)
    page = place.read_text("utf-8")
    if begin not in page or end not in page:
        raise ValueError(f"{place.name} has no markers {begin} … {end}; add them where the section belongs.")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    place.write_text(pattern.sub(lambda _: f"{begin}\n{report.text()}\n{end}", page), "utf-8")


def seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 10 else f"{value:.1f} s"


def mebibytes(value: float) -> str:
    return f"{value / 2**20:,.0f} MiB"


def times(value: float) -> str:
    return f"{value:.2f}×"
