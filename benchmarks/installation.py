"""A fresh installation in a folder, driven by its own command line."""

import sys
from pathlib import Path
from typing import Any

from benchmarks import children
from benchmarks.children import Ended


class Installation:
    """LIANXIN_HOME of its own, with nothing of the caller's database."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.surroundings = {"LIANXIN_HOME": str(home), "DATABASE_URL": f"sqlite:///{home / 'lianxin.sqlite3'}"}

    def words(self, *words: str) -> list[str]:
        """A command of `lianxin` as a process."""
        return [sys.executable, "-c", "from lianxin.cli import main; main()", *words]

    def command(self, *words: str) -> Ended:
        """Run a command of `lianxin` to its end."""
        return children.command(self.words(*words), self.surroundings)

    def call(self, task: str, **arguments: Any) -> Ended:
        """Call a function of the benchmarks in a process that has this installation open."""
        return children.run(task, self.surroundings, **arguments)
