"""`python -m benchmarks.pvrp FILE --seconds 60 --out SOLUTION.json`: the best plan found in that time, checked."""

import argparse
import json
import sys
import time
from pathlib import Path

from benchmarks.pvrp.checking import faults
from benchmarks.pvrp.instance import Unreadable, read
from benchmarks.pvrp.solving import solve_for

CLOSING_SECONDS = 3.0
"""Of the time given, for starting, collecting and checking."""


def main(words: list[str] | None = None) -> int:
    begun = time.time()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pvrp", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to search")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--processes", type=int, default=0, help="as many as cores by default")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    try:
        instance = read(given.file)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    found = solve_for(
        instance,
        max(0.2, given.seconds - min(CLOSING_SECONDS, given.seconds / 4)),
        processes=given.processes,
        seed=given.seed,
    )
    if found.absent:
        print(
            f"No feasible plan was found in {given.seconds:g} s: {len(found.absent)} customers have no place.",
            file=sys.stderr,
        )
        return 1
    solution = {"cost": round(instance.cost(found), 6), "days": instance.days(found)}
    wrong = faults(given.file, solution)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    fresh = given.out.with_suffix(given.out.suffix + ".part")
    fresh.write_text(json.dumps(solution) + "\n", "utf-8")
    fresh.replace(given.out)
    print(f"{given.file.name}: cost {solution['cost']:.2f}, checked, after {time.time() - begun:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
