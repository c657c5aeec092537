"""The other end of `children.run`: one call, its answer and its peak of memory."""

import json
import os
import resource
import sys
from importlib import import_module
from pathlib import Path

import django


def peak_bytes() -> int:
    """The largest resident size of this process since it began to run this program.

    The system's own account of a child starts with what its parent held at the fork; Linux tells the truth in /proc.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(task: str, arguments: str, answer: str) -> None:
    if os.environ.get("LIANXIN_HOME"):
        django.setup()
    module, function = task.split(":")
    came = getattr(import_module(module), function)(**json.loads(arguments))
    Path(answer).write_text(json.dumps({"answer": came, "peak_bytes": peak_bytes()}), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
