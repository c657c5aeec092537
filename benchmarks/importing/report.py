"""The import benchmark."""

import re
import shutil
from pathlib import Path

from benchmarks import children, lines
from benchmarks.installation import Installation
from benchmarks.reports import Report, mebibytes, seconds, times
from benchmarks.timing import middle

WANTED_RATE = 250_000
LIMIT_BYTES = 2 * 2**30
# What the command line says of the roll-ups: a sentence, then the seconds in brackets at its end.
FOLLOWED = re.compile(r"\((\d+\.\d) s\)$", re.MULTILINE)
INSIDE = "benchmarks.importing.inside"


def _file(folder: Path, limit: int | None) -> tuple[Path, str]:
    """The file to be imported and its mapping: the real one as it is, or as many lines as were asked for."""
    real = lines.iowa()
    if real is not None and not limit:
        # A copy: the refused rows are written beside the file that came in.
        return Path(shutil.copy(real / lines.REAL, folder / lines.REAL)), "iowa"
    drawn = children.run("benchmarks.lines:as_csv", folder=str(folder), limit=limit or lines.COUNT).answer
    return Path(drawn), "iowa"


def importing(folder: Path, held: int = 20_000_000, limit: int | None = None, runs: int = 3) -> Report:
    """Build the store, import the file several times (undone in between), copy it with DuckDB in the same run."""
    place = Installation(folder / "home")
    place.command("init", "--company", "bench")
    drawn = children.run("benchmarks.lines:drawn_as_json", folder=str(folder), limit=limit).answer
    copies = -(-held // drawn["count"])
    masters = place.call(f"{INSIDE}:master_files", folder=str(folder), drawn=drawn["path"], copies=copies).answer
    for kind, path, mapping in masters:
        copied = shutil.copy(path, folder / f"in-{Path(path).name}")
        place.command("import", kind, str(copied), *(["--mapping", mapping] if mapping else []))
    in_store = place.call(f"{INSIDE}:fill", drawn=drawn["path"], copies=copies).answer
    file, mapping = _file(folder, limit)

    inside, copied = [], []
    for _ in range(runs):
        inside.append(place.call(f"{INSIDE}:take_in", path=str(file), mapping=mapping))
        copied.append(children.run(f"{INSIDE}:yardstick", place.surroundings, path=str(file), folder=str(folder)))
    # Once: the first roll-ups of a store are those of all its lines, not only of the lines that came in.
    whole = place.command("import", "orders", str(file), "--mapping", mapping)
    follow = sum(float(found) for found in FOLLOWED.findall(whole.said))

    counts = inside[0].answer
    read = counts["read"]
    took = middle([run.answer["seconds"] for run in inside])
    copy, unpack = (middle([run.answer[name] for run in copied]) for name in ("copy", "unpack"))
    busy, copy_busy = (middle([run.answer["busy"] for run in some]) for some in (inside, copied))
    report = Report(
        "import",
        "Import of order lines",
        f"Data: {drawn['told']}: {read:,} lines in one file ({counts['accepted']:,} accepted, {counts['refused']:,} refused "
        f"because their product has no master row), into a store that holds {in_store:,} lines. Read, validated, deduplicated "
        f"in the file and against the store, written and committed; median of {runs} runs, each in its own process, undone in "
        f"between. Unpacking the `.xz` is part of every figure but the second. The import used {busy:.1f} s of processor time, the "
        f"copy {copy_busy:.1f} s.",
    )
    peak = max(run.peak_bytes for run in inside)
    copy_peak = max(run.peak_bytes for run in copied)
    every = f"{in_store + counts['accepted']:,}"
    rows = [
        ("Lianxin, the import itself", took, peak),
        ("DuckDB `COPY` from CSV to Parquet (nothing checked)", copy, copy_peak),
        ("the same with unpacking before it (the yardstick)", copy + unpack, copy_peak),
        ("`lianxin import orders`, the whole process without roll-ups", whole.seconds - follow, whole.peak_bytes),
        (f"the first roll-ups, of all {every} lines, in that process", follow, whole.peak_bytes),
    ]
    report.add(
        ("what", "median", "lines per second", "to the yardstick", "peak memory"),
        [
            (name, seconds(s), f"{read / max(s, 1e-9):,.0f}", times(s / (copy + unpack)), mebibytes(m))
            for name, s, m in rows
        ],
    )
    report.judge(f"at least {WANTED_RATE:,} lines/s", f"{read / took:,.0f} lines/s", read / took >= WANTED_RATE)
    report.judge("under 2 GiB", mebibytes(peak), peak < LIMIT_BYTES)
    return report
