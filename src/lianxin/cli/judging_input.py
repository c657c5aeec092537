"""Files that `lianxin judge-forecasts` reads, made into the tables of demand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin.cli.sheets import Faults, Sheet, open_sheet
from lianxin.core.tables import TABLES
from lianxin.core.verifying.contracts import Input
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.errors import Refused

COMPANY: Final = 1
ROLES: Final = ("system", "customer_manager", "market_manager", "brand_manager", "combined")
LARGEST: Final = 1_000_000_000
_TEXT, _NUMBER = pa.string(), pa.float64()

FORECASTS: Final = Input(
    "forecasts",
    {
        "period_start": pa.date32(), "step": pa.int64(), "retailer_id": _TEXT, "unit_id": _TEXT, "product_id": _TEXT,
        "product_group": _TEXT, "author_role": _TEXT, "author_id": _TEXT, "units": _NUMBER, "base_units": _NUMBER,
        "accepted": _TEXT, "reason": _TEXT, "words": _TEXT, "seconds_spent": _NUMBER, "entered_at": _TEXT, "evidence_id": _TEXT,
    },
    required=("period_start", "product_id", "author_role", "units"),
    optional=(
        "step", "unit_id", "product_group", "base_units", "accepted", "reason", "words", "seconds_spent", "entered_at",
        "evidence_id",
    ),
)  # fmt: skip
ACTUALS: Final = Input(
    "actuals",
    {
        "period_start": pa.date32(), "retailer_id": _TEXT, "product_id": _TEXT, "ordered_units": pa.int64(),
        "wanted_units": pa.int64(), "supplied_units": pa.int64(), "cap_units": pa.int64(),
    },
    required=("period_start", "retailer_id", "product_id", "ordered_units"),
    optional=("wanted_units", "supplied_units", "cap_units"),
)  # fmt: skip
EVIDENCE: Final = Input(
    "evidence",
    {"evidence_id": _TEXT, "period_start": pa.date32(), "retailer_id": _TEXT, "product_id": _TEXT, "kind": _TEXT},
    required=("evidence_id", "period_start", "retailer_id", "product_id", "kind"),
)


@dataclass
class Names:
    """Numbers for the texts of the files; the answer is written in the texts again."""

    of: dict[str, dict[str, int]]
    text: dict[str, dict[int, str]]

    @classmethod
    def among(cls, **values: set[str]) -> "Names":
        numbers = {kind: {text: at for at, text in enumerate(sorted(texts), start=2)} for kind, texts in values.items()}
        return cls(numbers, {kind: {at: text for text, at in known.items()} for kind, known in numbers.items()})

    def number(self, kind: str, text: str | None) -> int | None:
        return self.of[kind][text] if text else None


def read(
    forecasts: Path, actuals: Path, evidence: Path | None, period: str, time_zone: str, faults: Faults
) -> tuple[dict[str, pa.Table], Names]:
    """The tables that judging reads, and the names behind their numbers.

    Raises
    ------
    Refused : a file is missing, unreadable, empty or lacks a column. Faults of rows are added to `faults`.
    """
    said = _forecasts(open_sheet(forecasts, FORECASTS, faults), period, time_zone)
    came = _actuals(open_sheet(actuals, ACTUALS, faults), period)
    lay = [] if evidence is None else _evidence(open_sheet(evidence, EVIDENCE, faults), period)
    for path, rows in ((forecasts, said), (actuals, came)):
        if not rows and not faults:
            faults.reading = path.name
            raise Refused(_("“%(file)s” has a head but no rows.") % {"file": path.name})
    every = (*said, *came, *lay)
    names = Names.among(
        retailer={r["retailer_id"] for r in every if r["retailer_id"]},
        product={r["product_id"] for r in every if r["product_id"]},
        person={r["author_id"] for r in said if r["author_id"]},
        unit={r["unit_id"] for r in said if r["unit_id"]},
    )
    if faults:
        return {}, names
    tables = {
        "forecast_lines": _table("forecast_lines", _lines(said, names, period)),
        "forecast_versions": _table("forecast_versions", _versions(said, names)),
        "forecast_outcomes": _table("forecast_outcomes", _outcomes(came, names, period)),
    }
    if evidence is not None:
        tables |= {
            "forecast_evidence": _table("forecast_evidence", _lay(lay, said, names)),
            "evidence_used": _table("evidence_used", _used(said)),
        }
    return tables, names


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = nullable_arrow_schema(TABLES[name])
    return pa.Table.from_pylist([{"company_id": COMPANY, **row} for row in rows], schema=schema)


def _starts(sheet: Sheet, period: str) -> list[Any]:
    """The first days of the periods; a day inside one is a fault."""
    days = sheet.days("period_start").to_pylist()
    empty = np.array([day is None for day in days], bool)
    sheet.fault("period_start", empty, _("The cell is empty. Fill it, or leave the row out."))
    inside = np.array(
        [day is not None and (day.weekday() if period == "week" else day.day - 1) != 0 for day in days], bool
    )
    words = _("A week begins on its Monday.") if period == "week" else _("A month begins on its first day.")
    sheet.fault("period_start", inside, words)
    return list(days)


def _forecasts(sheet: Sheet, period: str, time_zone: str) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {"period_start": _starts(sheet, period)}
    columns["step"] = sheet.numbers("step", 1, 52, whole=True).to_pylist()
    columns["product_id"] = sheet.texts("product_id", needed=True).to_pylist()
    columns["author_role"] = sheet.choices("author_role", ROLES).to_pylist()
    for name in ("retailer_id", "unit_id", "product_group", "author_id", "reason", "words", "evidence_id"):
        columns[name] = sheet.texts(name, needed=False).to_pylist()
    columns["units"] = sheet.numbers("units", 0, LARGEST, needed=True).to_pylist()
    columns["base_units"] = sheet.numbers("base_units", 0, LARGEST).to_pylist()
    columns["seconds_spent"] = sheet.numbers("seconds_spent", 0, 1e7).to_pylist()
    columns["entered_at"] = sheet.instants("entered_at", time_zone, needed=False).to_pylist()
    accepted = [(text or "no").lower() for text in sheet.texts("accepted", needed=False).to_pylist()]
    unclear = np.array([text not in ("yes", "no") for text in accepted], bool)
    sheet.fault("accepted", unclear, _("Write one of %(words)s.") % {"words": "yes, no"})
    columns["accepted"] = [text == "yes" for text in accepted]
    nobody = np.array(
        [
            role == "customer_manager" and not author
            for role, author in zip(columns["author_role"], columns["author_id"], strict=True)
        ],
        bool,
    )
    sheet.fault("author_id", nobody, _("A customer manager's forecast needs its author."))
    return _rows(columns)


def _actuals(sheet: Sheet, period: str) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {"period_start": _starts(sheet, period)}
    for name in ("retailer_id", "product_id"):
        columns[name] = sheet.texts(name, needed=True).to_pylist()
    columns["ordered_units"] = sheet.numbers("ordered_units", -LARGEST, LARGEST, whole=True, needed=True).to_pylist()
    for name in ("wanted_units", "supplied_units", "cap_units"):
        columns[name] = sheet.numbers(name, -LARGEST, LARGEST, whole=True).to_pylist()
    rows = _rows(columns)
    seen: set[tuple[Any, ...]] = set()
    again = np.zeros(len(rows), bool)
    for at, row in enumerate(rows):
        key = (row["period_start"], row["retailer_id"], row["product_id"])
        again[at] = key in seen
        seen.add(key)
    sheet.fault("product_id", again, _("Retailer and product come twice in this period. Add them up in one row."))
    return rows


def _evidence(sheet: Sheet, period: str) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {"period_start": _starts(sheet, period)}
    for name in ("evidence_id", "retailer_id", "product_id", "kind"):
        columns[name] = sheet.texts(name, needed=True).to_pylist()
    return _rows(columns)


def _rows(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _step(row: dict[str, Any]) -> int:
    return int(row["step"] or 1)


def _round_id(row: dict[str, Any]) -> str:
    return f"{row['period_start']}/{_step(row)}"


def _milli(units: float | None) -> int | None:
    return None if units is None else round(units * 1000)


def _lines(said: list[dict[str, Any]], names: Names, period: str) -> list[dict[str, Any]]:
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in said:
        if not row["retailer_id"]:
            continue
        key = (row["period_start"], _step(row), row["retailer_id"], row["product_id"])
        line = lines.setdefault(
            key,
            {
                "round_id": _round_id(row), "period": period, "period_start": row["period_start"], "step": _step(row),
                "retailer_id": names.number("retailer", row["retailer_id"]),
                "product_id": names.number("product", row["product_id"]),
                "person_id": None, "unit_id": None, "product_group": None, "system_milli": None,
            },
        )  # fmt: skip
        if row["author_role"] == "customer_manager":
            line["person_id"] = names.number("person", row["author_id"])
        if row["author_role"] == "system":
            line["system_milli"] = _milli(row["units"])
        elif line["system_milli"] is None:
            line["system_milli"] = _milli(row["base_units"])
        line["unit_id"] = line["unit_id"] or names.number("unit", row["unit_id"])
        line["product_group"] = line["product_group"] or row["product_group"] or None
    return list(lines.values())


def _versions(said: list[dict[str, Any]], names: Names) -> list[dict[str, Any]]:
    versions = []
    for number, row in enumerate(said):
        if row["author_role"] == "system":
            continue
        level = "retailer" if row["retailer_id"] else "unit" if row["unit_id"] else "company"
        entity = {
            "retailer": names.number("retailer", row["retailer_id"]),
            "unit": names.number("unit", row["unit_id"]),
            "company": COMPANY,
        }[level]
        versions.append(
            {
                "version_id": _version_id(number),
                "round_id": _round_id(row),
                "period_start": row["period_start"],
                "level": level,
                "entity_id": entity,
                "product_id": names.number("product", row["product_id"]),
                "author_role": row["author_role"],
                "author_id": names.number("person", row["author_id"]),
                # Without a time the later row of the file is the later version.
                "entered_at": row["entered_at"] or datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
                "units_milli": _milli(row["units"]),
                "base_milli": _milli(row["base_units"]),
                "accepted": row["accepted"],
                "reason": row["reason"] or None,
                "words_key": row["words"] or None,
                "seconds_spent": row["seconds_spent"],
            }
        )
    return versions


def _version_id(number: int) -> str:
    return f"row {number + 2:09d}"


def _outcomes(came: list[dict[str, Any]], names: Names, period: str) -> list[dict[str, Any]]:
    return [
        {
            "period": period,
            "period_start": row["period_start"],
            "retailer_id": names.number("retailer", row["retailer_id"]),
            "product_id": names.number("product", row["product_id"]),
            "wanted_units": row["wanted_units"],
            "ordered_units": row["ordered_units"],
            "supplied_units": row["supplied_units"],
            "n_capped": int(row["cap_units"] is not None and row["ordered_units"] >= row["cap_units"]),
        }
        for row in came
    ]


def _lay(lay: list[dict[str, Any]], said: list[dict[str, Any]], names: Names) -> list[dict[str, Any]]:
    """Each piece of evidence before every round that forecast its line."""
    steps: dict[tuple[Any, ...], set[int]] = {}
    for row in said:
        steps.setdefault((row["period_start"], row["retailer_id"], row["product_id"]), set()).add(_step(row))
    return [
        {
            "round_id": f"{row['period_start']}/{step}",
            "period_start": row["period_start"],
            "retailer_id": names.number("retailer", row["retailer_id"]),
            "product_id": names.number("product", row["product_id"]),
            "evidence_id": row["evidence_id"],
            "kind": row["kind"],
            "known_at": datetime(1970, 1, 1, tzinfo=UTC),
        }
        for row in lay
        for step in sorted(steps.get((row["period_start"], row["retailer_id"], row["product_id"]), ()))
    ]


def _used(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"version_id": _version_id(number), "evidence_id": row["evidence_id"]}
        for number, row in enumerate(said)
        if row["evidence_id"]
    ]
