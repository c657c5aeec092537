"""The same people forecasting a history at hand, as a file for import with the truth beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from lianxin.core.units import month_plus
from lianxin.simulation.draws import stream
from lianxin.simulation.judgement.people import KINDS, Seen, entered
from lianxin.simulation.judgement.settings import JudgementSettings

Array = NDArray[Any]
_REASONS: Final = ("event", "stock", "shortage", "trend", "shop")
_WINDOW: Final = 3


@dataclass(frozen=True)
class Written:
    """Where the files are, and who is of which kind (employee number → kind)."""

    forecasts: Path
    truth: Path
    kinds: dict[str, str]


def forecasts_of(
    history: pa.Table,
    holders: Mapping[str, str],
    months: Sequence[date],
    settings: JudgementSettings,
    *,
    system: Mapping[tuple[date, str, str], float] | None = None,
) -> tuple[pa.Table, pa.Table]:
    """What managers of the kinds of `settings` would have entered for these months, and the truth of it.

    Parameters
    ----------
    history : licence_no, product_code, month (date, its first day), units (int64); one row per month in which anything was sold,
        the forecast months among them where they are known: what could be known is drawn from what came
    holders : licence_no → employee_no; kinds go round by the order of employee numbers
    months : the forecast months; each is forecast one month ahead
    system : (month, licence_no, product_code) → the system's forecast; default the moving average

    Returns
    -------
    forecasts : period_start, step, licence_no, product_code, author_employee_no, units, reason, entered_at; sorted, without lines
        that were never sold before
    truth : the same key with kind and is_copy
    """
    table, firsts, keys = _laid(history, months)
    people = sorted(set(holders.values()))
    kinds = {person: settings.kinds[at % len(settings.kinds)] for at, person in enumerate(people)}
    mine: dict[str, list[int]] = {}
    for line, (licence, _product) in enumerate(keys):
        if licence in holders:
            mine.setdefault(holders[licence], []).append(line)
    dice = stream(settings.seed, "forecasts on a history")
    made: list[dict[str, Any]] = []
    truth: list[dict[str, Any]] = []
    for month in sorted(months):
        at = firsts.index(month)
        due = datetime.combine(month, datetime.min.time(), UTC) - timedelta(days=5)
        for person in people:
            lines = np.array(
                [line for line in mine.get(person, []) if table[max(0, at - 12) : at, line].any()], np.int64
            )
            chosen = _chosen(table[:at, lines], settings, dice)
            lines = lines[chosen]
            seen = _seen(table, lines, at, month, keys, system)
            units, is_copy = entered(KINDS[kinds[person]], seen, settings, dice)
            for place, line in enumerate(lines.tolist()):
                licence, product = keys[line]
                key = {"period_start": month, "step": 1, "licence_no": licence, "product_code": product}
                made.append(
                    {
                        **key,
                        "author_employee_no": person,
                        "units": int(units[place]),
                        "reason": _REASONS[int(dice.integers(0, len(_REASONS)))],
                        "entered_at": due - timedelta(minutes=10 + place),
                    }
                )
                truth.append(
                    {**key, "author_employee_no": person, "kind": kinds[person], "is_copy": bool(is_copy[place])}
                )
    return pa.Table.from_pylist(made, schema=FORECASTS), pa.Table.from_pylist(truth, schema=TRUTH)


def write(
    folder: Path,
    history: pa.Table,
    holders: Mapping[str, str],
    months: Sequence[date],
    settings: JudgementSettings,
    *,
    system: Mapping[tuple[date, str, str], float] | None = None,
) -> Written:
    """`forecasts.csv` in the folder, and `truth/forecasts.csv`, which nothing but tests and benchmarks reads."""
    forecasts, truth = forecasts_of(history, holders, months, settings, system=system)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    paths = folder / "forecasts.csv", folder / "truth" / "forecasts.csv"
    at = forecasts.schema.get_field_index("entered_at")
    written = forecasts.set_column(at, "entered_at", pa.compute.strftime(forecasts["entered_at"], "%Y-%m-%dT%H:%M:%SZ"))
    pyarrow.csv.write_csv(written, paths[0])
    pyarrow.csv.write_csv(truth, paths[1])
    people = sorted(set(holders.values()))
    return Written(*paths, {person: settings.kinds[at % len(settings.kinds)] for at, person in enumerate(people)})


def _laid(history: pa.Table, months: Sequence[date]) -> tuple[Array, list[date], list[tuple[str, str]]]:
    """Units by month and line, the months without a gap, and the lines in the order of their keys."""
    rows = history.select(["licence_no", "product_code", "month", "units"]).to_pydict()
    keys = sorted(set(zip(rows["licence_no"], rows["product_code"], strict=True)))
    place = {key: at for at, key in enumerate(keys)}
    first, last = min([*rows["month"], *months]), max([*rows["month"], *months])
    firsts = [first]
    while firsts[-1] < last:
        firsts.append(month_plus(firsts[-1], 1))
    when = {month: at for at, month in enumerate(firsts)}
    table = np.zeros((len(firsts), len(keys)), np.int64)
    for licence, product, month, units in zip(
        *(rows[n] for n in ("licence_no", "product_code", "month", "units")), strict=True
    ):
        table[when[month], place[licence, product]] += units
    return table, firsts, keys


def _chosen(past: Array, settings: JudgementSettings, dice: np.random.Generator) -> Array:
    """The lines that a person enters a number for: the larger a line, the likelier."""
    n = past.shape[1]
    if not n:
        return np.zeros(0, np.int64)
    weight = past[-_WINDOW:].sum(axis=0) + 0.5
    order = np.argsort(dice.exponential(1.0, n) / weight, kind="stable")
    return np.sort(order[: max(1, round(settings.entered_share * n))])


def _seen(
    table: Array,
    lines: Array,
    at: int,
    month: date,
    keys: list[tuple[str, str]],
    system: Mapping[tuple[date, str, str], float] | None,
) -> Seen:
    past = table[:, lines].astype(float)
    unknown = np.full(len(lines), np.nan)
    average = np.floor(past[max(0, at - _WINDOW) : at].mean(axis=0) * 1000) / 1000 if at else np.zeros(len(lines))
    said = average
    if system is not None:
        told = [system.get((month, *keys[line])) for line in lines.tolist()]
        said = np.array([average[place] if one is None else one for place, one in enumerate(told)], float)
    return Seen(
        system=said,
        last=past[at - 1] if at >= 1 else unknown,
        average=average if at >= _WINDOW else unknown,
        year=past[at - 12] if at >= 12 else unknown,
        # What a person could know of a month lies between what history says and what came.
        knowable=0.5 * said + 0.5 * past[at],
    )


_KEY: Final = (
    ("period_start", pa.date32()),
    ("step", pa.int32()),
    ("licence_no", pa.string()),
    ("product_code", pa.string()),
)
FORECASTS: Final = pa.schema(
    [
        *_KEY,
        ("author_employee_no", pa.string()),
        ("units", pa.int64()),
        ("reason", pa.string()),
        ("entered_at", pa.timestamp("us", tz="UTC")),
    ]
)
TRUTH: Final = pa.schema([*_KEY, ("author_employee_no", pa.string()), ("kind", pa.string()), ("is_copy", pa.bool_())])
