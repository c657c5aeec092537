"""Files that `lianxin verify` reads."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from lianxin.cli.sheets import Faults as Faults
from lianxin.cli.sheets import Sheet, as_text, open_sheet
from lianxin.cli.sheets import csv_texts as csv_texts
from lianxin.core.verifying.contracts import CHANNELS, CHECKS, CONFIRMED, RETAILERS, SAYS, VISITS, WITNESSES
from lianxin.foundation.errors import Refused


def read_visits(path: Path, time_zone: str, faults: Faults) -> pa.Table:
    sheet = open_sheet(path, VISITS, faults)
    if not sheet.table.num_rows:
        raise Refused(_("“%(file)s” has a head but no rows.") % {"file": path.name})
    sheet.once("visit_id")
    begin = sheet.instants("check_in_at", time_zone, needed=True)
    end = sheet.instants("check_out_at", time_zone, needed=False)
    before = pc.fill_null(pc.less(end, begin), False).to_numpy(zero_copy_only=False)
    sheet.fault("check_out_at", before, _("The check-out lies before the check-in. Correct it, or leave it empty."))
    latitude, longitude = _place(sheet)
    return pa.table(
        {
            "visit_id": sheet.texts("visit_id", needed=False),
            "manager_id": sheet.texts("manager_id", needed=True),
            "retailer_id": sheet.texts("retailer_id", needed=True),
            "check_in_at": begin,
            "check_out_at": end,
            "latitude": latitude,
            "longitude": longitude,
            "accuracy_metres": sheet.numbers("accuracy_metres", 0, 1e7),
            "fix_age_seconds": sheet.numbers("fix_age_seconds", 0, 1e9),
            "n_answers": sheet.numbers("n_answers", 0, 1e6, whole=True),
            "note": as_text(sheet.table.column("note")),
            "planned_date": sheet.days("planned_date"),
            "is_time_known": sheet.truths("is_time_known"),
            "n_filled": sheet.numbers("n_filled", 0, 1e6, whole=True),
        }
    )


def id_types(path: Path) -> dict[str, pa.DataType]:
    """The types of the ids that a file of visits holds as numbers; texts, and whatever CSV holds, are left out."""
    if path.suffix.lower() != ".parquet":
        return {}
    types = {field.name.strip(): field.type for field in pq.read_schema(path)}
    return {name: types[name] for name in ("visit_id", "manager_id") if pa.types.is_integer(types[name])}


def _place(sheet: Sheet) -> tuple[pa.Array, pa.Array]:
    latitude, longitude = sheet.numbers("latitude", -90, 90), sheet.numbers("longitude", -180, 180)
    half = pc.xor(pc.is_null(latitude), pc.is_null(longitude)).to_numpy(zero_copy_only=False)
    sheet.fault("latitude", half, _("A place needs both latitude and longitude. Fill both, or leave both empty."))
    return latitude, longitude


def read_retailers(path: Path, faults: Faults) -> pa.Table:
    sheet = open_sheet(path, RETAILERS, faults)
    sheet.once("retailer_id")
    latitude, longitude = _place(sheet)
    return pa.table(
        {"retailer_id": sheet.texts("retailer_id", needed=False), "latitude": latitude, "longitude": longitude}
    )


def read_witnesses(path: Path, time_zone: str, faults: Faults) -> pa.Table:
    sheet = open_sheet(path, WITNESSES, faults)
    made: dict[str, Any] = {
        "retailer_id": sheet.texts("retailer_id", needed=True),
        "seen_at": sheet.instants("seen_at", time_zone, needed=False),
        "says": sheet.choices("says", SAYS),
        "about_from": sheet.days("about_from"),
        "about_until": sheet.days("about_until"),
    }
    return pa.table(made)


def read_checks(path: Path, faults: Faults) -> pa.Table:
    sheet = open_sheet(path, CHECKS, faults)
    chance = sheet.numbers("drawn_probability", 0, 1, needed=True)
    never = pc.fill_null(pc.equal(chance, 0.0), False).to_numpy(zero_copy_only=False)
    sheet.fault("drawn_probability", never, _("What was drawn had a chance above 0. Write the chance of the draw."))
    return pa.table(
        {
            "visit_id": sheet.texts("visit_id", needed=True),
            "channel": sheet.choices("channel", CHANNELS),
            "drawn_probability": chance,
            "confirmed": sheet.choices("confirmed", CONFIRMED),
        }
    )
