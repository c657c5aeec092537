"""Forecasts of known people: the same from the same seed, their truth told apart, and read again as files."""

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from lianxin.core.tables import TABLES, check_columns
from lianxin.core.units import month_plus
from lianxin.simulation.judgement import HONEST, KINDS, JudgementSettings, forecasts_of, simulated, write
from lianxin.simulation.judgement.world import kind_of

pytestmark = pytest.mark.requirement("C4")
SMALL = JudgementSettings(seed=5, n_managers=10, n_retailers=4, n_products=2, n_rounds=3, entered_share=0.5)
MONTHS = [date(2021, 11, 1), date(2021, 12, 1)]


def history() -> pa.Table:
    rows = [
        {
            "licence_no": f"L{shop:02}",
            "product_code": "P1",
            "month": month_plus(date(2020, 6, 1), at),
            "units": 3 + (shop * 7 + at * 5) % 11,
        }
        for shop in range(20)
        for at in range(19)
    ]
    return pa.Table.from_pylist(rows)


HOLDERS = {f"L{shop:02}": f"E{shop % 10}" for shop in range(20)}


def test_tables_keep_their_contracts_and_the_truth_is_apart() -> None:
    made = simulated(SMALL)
    for name, table in made.tables.items():
        check_columns(TABLES[name], {field.name: field.type for field in table.schema})
        assert table.num_rows
    assert (
        made.truth.column("version_id").to_pylist() == made.tables["forecast_versions"].column("version_id").to_pylist()
    )
    assert not {"kind", "is_copy"} & set(made.tables["forecast_versions"].column_names)
    assert simulated(SMALL).truth.equals(made.truth)
    assert {row["kind"] for row in made.truth.to_pylist() if row["is_copy"]} == {"copier", "system_copier"}
    assert {kind_of(SMALL, person) for person in range(1, 11)} == set(SMALL.kinds)
    assert set(HONEST) == set(KINDS) - {"copier", "system_copier"}


def test_a_copier_repeats_the_history_at_hand() -> None:
    forecasts, truth = forecasts_of(history(), HOLDERS, MONTHS, SMALL)
    sold = {(r["licence_no"], r["month"]): r["units"] for r in history().to_pylist()}
    copies = 0
    for said, known in zip(forecasts.to_pylist(), truth.to_pylist(), strict=True):
        assert said["entered_at"].date() < said["period_start"]
        assert HOLDERS[said["licence_no"]] == said["author_employee_no"]
        if known["is_copy"] and known["kind"] == "copier":
            copies += 1
            past = [sold[said["licence_no"], month_plus(said["period_start"], -back)] for back in (1, 2, 3, 12)]
            assert said["units"] in {past[0], past[3], int(sum(past[:3]) * 1000 // 3 / 1000 + 0.5)}
    assert copies
    again, _truth = forecasts_of(history(), HOLDERS, MONTHS, SMALL)
    assert again.equals(forecasts)
    other, _truth = forecasts_of(
        history(), HOLDERS, MONTHS, SMALL, system={(MONTHS[0], shop, "P1"): 500.0 for shop in HOLDERS}
    )
    assert not other.equals(forecasts)


def test_the_file_has_the_columns_that_imports_read(tmp_path: Path) -> None:
    made = write(tmp_path, history(), HOLDERS, MONTHS, SMALL)
    with made.forecasts.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "period_start", "step", "licence_no", "product_code", "author_employee_no", "units", "reason", "entered_at",
    ]  # fmt: skip
    assert rows[0]["entered_at"].endswith("Z")
    assert made.truth.parent.name == "truth"
    assert made.kinds["E0"] == SMALL.kinds[0]
    assert len(rows) == sum(1 for _line in made.truth.open(encoding="utf-8")) - 1


def test_who_holds_nothing_that_was_ever_sold_forecasts_nothing() -> None:
    forecasts, _truth = forecasts_of(history(), {**HOLDERS, "L99": "E99"}, MONTHS, SMALL)
    assert "E99" not in set(forecasts.column("author_employee_no").to_pylist())
