"""Measurements in processes of their own, so that a peak of memory belongs to one side alone."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class ChildFailed(RuntimeError):
    """A measured process ended with an error; the message holds the end of what it said."""


@dataclass(frozen=True)
class Ended:
    """What is known of a process that ended well."""

    seconds: float
    peak_bytes: int
    answer: Any = None
    said: str = ""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child: this checkout first on the path, and what the benchmark adds."""
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "DJANGO_SETTINGS_MODULE": "lianxin.config.settings",
        **(extra or {}),
    }


def run(task: str, extra: Mapping[str, str] | None = None, /, **arguments: Any) -> Ended:
    """Call `module:function` with JSON arguments in a fresh process; its answer comes back as JSON.

    peak_bytes is the largest resident size the process itself ever had.
    """
    with tempfile.TemporaryDirectory(prefix="lx-child-") as folder:
        answer = Path(folder) / "answer.json"
        told = [sys.executable, "-m", "benchmarks.child", task, json.dumps(arguments), str(answer)]
        ended = command(told, extra)
        came = json.loads(answer.read_text("utf-8"))
    return Ended(ended.seconds, came["peak_bytes"], came["answer"], ended.said)


def command(words: Sequence[str], extra: Mapping[str, str] | None = None) -> Ended:
    """Run a program to its end; peak_bytes is that of the program or of the largest process it waited for."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        child = subprocess.Popen(list(words), env=environment(extra), cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    if child.returncode != 0:
        raise ChildFailed(f"{' '.join(words[:4])} … ended with {child.returncode}:\n{text[-4000:]}")
    # Linux counts in KiB, macOS in bytes.
    return Ended(seconds, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024), None, text)
