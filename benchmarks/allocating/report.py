"""A nation's or a city's requests through `lianxin allocate`, whole process, against a copy and against other ways."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks import children
from benchmarks.allocating.inputs import draw, policy
from benchmarks.reports import Report, mebibytes, seconds, times
from benchmarks.timing import middle

COMMAND = "import sys; from lianxin.cli import main; main(sys.argv[1:])"
HERE = "benchmarks.allocating"
TARGET, REACH = 6.0, 4.0
NATION_SHARE, NATION_GIB = 0.6, 8


def _ours(requests: Path, supply: Path, rule: Path, out: Path) -> children.Ended:
    words = ["allocate", str(requests), str(supply), "--policy", str(rule), "--out", str(out)]
    return children.command([sys.executable, "-c", COMMAND, *words])


def _is_right(requests: Path, supply: Path, out: Path) -> bool:
    """As many rows out as in, and not a unit more or less than the supply."""
    given = sum(pq.read_table(supply, columns=["supply_units"]).column(0).to_pylist())
    shares = pq.ParquetFile(out)
    told = sum(
        batch.column(0).to_numpy().sum() for batch in shares.iter_batches(columns=["share_units"], batch_size=1 << 20)
    )
    return bool(told == given and shares.metadata.num_rows == pq.ParquetFile(requests).metadata.num_rows)


def allocating(folder: Path, *, quick: bool = False, runs: int = 3) -> Report:
    """20 million requests, and slices of them for those who would take too long."""
    retailers, products = (500, 8) if quick else (200_000, 100)
    requests, supply = draw(folder, retailers, products)
    rule, out = policy(folder), folder / "out.parquet"
    sides: dict[str, list[children.Ended]] = {"copy": [], "lianxin": [], "numpy": []}
    for _ in range(1 if quick else runs):
        # Side by side, so that what disturbs the machine disturbs all.
        sides["copy"].append(children.run(f"{HERE}.copying:copied", requests=str(requests), out=str(out)))
        sides["lianxin"].append(_ours(requests, supply, rule, out))
        right = _is_right(requests, supply, out)
        sides["numpy"].append(
            children.run(f"{HERE}.by_numpy:by_numpy", requests=str(requests), supply=str(supply), out=str(out))
        )
    took = {name: middle([one.seconds for one in ended]) for name, ended in sides.items()}
    peak = {name: max(one.peak_bytes for one in ended) for name, ended in sides.items()}
    n = retailers * products
    report = Report(
        "allocating",
        "Allocation from file to file",
        f"{n:,} requests ({retailers:,} retailers × {products} products, tiers 1–30, wants 0–19, supply 40 % of the wants), "
        "weighted uniform by tier, whole processes with start-up; ours checks for faults and writes level and reason too.",
    )
    names = {
        "copy": "DuckDB copies the file",
        "lianxin": "`lianxin allocate`",
        "numpy": "NumPy, a sort for each product",
    }
    report.add(
        ["whole file", "time", "of the copy", "rows/s", "peak memory"],
        [
            [
                names[name],
                seconds(took[name]),
                times(took[name] / took["copy"]),
                f"{n / took[name]:,.0f}",
                mebibytes(peak[name]),
            ]
            for name in names
        ],
    )
    _slices(folder, report, rule, quick)
    ratio = took["lianxin"] / took["copy"]
    report.judge(f"at most {TARGET:g} × the copy (reach {REACH:g} ×)", times(ratio), ratio <= TARGET)
    report.judge("as many rows as requests, the supply given to the unit", "yes" if right else "no", right)
    return report


def _slices(folder: Path, report: Report, rule: Path, quick: bool) -> None:
    small = folder / "slice"
    small.mkdir()
    retailers, products = (200, 3) if quick else (20_000, 10)
    requests, supply = draw(small, retailers, products)
    out = small / "out.parquet"
    ours = _ours(requests, supply, rule, out)
    pandas = children.run(f"{HERE}.by_pandas:by_pandas", requests=str(requests), supply=str(supply), out=str(out))
    rows: list[list[object]] = [
        [
            f"`lianxin allocate`, {products} products",
            seconds(ours.seconds),
            f"{retailers * products / ours.seconds:,.0f}",
        ],
        [
            f"pandas groupby-apply, {products} products",
            seconds(pandas.seconds),
            f"{retailers * products / pandas.seconds:,.0f}",
        ],
    ]
    for name, task in (("HiGHS, a linear program, 1 product", "by_highs"), ("OR-Tools GLOP, the same", "by_ortools")):
        came = children.run(f"{HERE}.by_solvers:{task}", requests=str(requests), supply=str(supply)).answer
        rows.append([f"{name} (solving only)", seconds(came["seconds"]), f"{came['rows'] / came['seconds']:,.0f}"])
    report.add(["a slice", "time", "rows/s"], rows, f"{retailers:,} retailers")


def nation(folder: Path, *, quick: bool = False) -> Report:
    """550 million requests in one command, and the rate of 20 million beside it."""
    city_retailers, retailers, products = (400, 2_000, 6) if quick else (200_000, 5_500_000, 100)
    rates, peaks, rows = [], [], []
    rule = policy(folder)
    for name, number in (("a city", city_retailers), ("a nation", retailers)):
        place = folder / name.replace(" ", "_")
        place.mkdir()
        requests, supply = draw(place, number, products)
        out = place / "out.parquet"
        ended = _ours(requests, supply, rule, out)
        right = _is_right(requests, supply, out)
        n = number * products
        rates.append(n / ended.seconds)
        peaks.append(ended.peak_bytes)
        rows.append([f"{name}, {n:,} requests", seconds(ended.seconds), f"{rates[-1]:,.0f}", mebibytes(peaks[-1])])
        requests.unlink()
        out.unlink()
    report = Report(
        "nation", "A nation's week allocated", f"{retailers:,} retailers × {products} products, one command, one run."
    )
    report.add(["size", "time", "rows/s", "peak memory"], rows)
    share = rates[1] / rates[0]
    report.judge(f"at least {NATION_SHARE:.0%} of the rows/s of the city", f"{share:.0%}", share >= NATION_SHARE)
    report.judge(f"under {NATION_GIB} GiB of memory", mebibytes(peaks[1]), peaks[1] < NATION_GIB * 2**30)
    report.judge("the supply given to the unit", "yes" if right else "no", right)
    return report
