"""The rows of field work as the files carry them, and the truth beside them."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.simulation.company import SETTINGS
from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork import conduct as conducts
from lianxin.simulation.fieldwork.chance import mixed
from lianxin.simulation.fieldwork.copying import Written
from lianxin.simulation.fieldwork.fixes import NONE, SOURCES, Fixes
from lianxin.simulation.fieldwork.ground import Ground
from lianxin.simulation.fieldwork.rounds import FRIENDLY, NO_PLAN, Plans, Rounds
from lianxin.simulation.fieldwork.timeline import SECONDS_PER_DAY, Timeline

VISIT_TYPES = ("regular", "stop")
SKIES = ("dry", "rain", "heavy_rain")
N_QUESTIONS = 8
CONSENT_PURPOSE = "仅在工作时间签到、签退时记录位置，用于核对拜访是否到店；到期删除，本人可随时查看和撤回。（演示）"
LOCAL_TIME = pa.timestamp("s", SETTINGS.time_zone)
_EPOCH = date(1970, 1, 1).toordinal()
_UTC_OFFSET_SECONDS = 8 * 3600
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_DASHES = (8, 13, 18, 23)


@dataclass(frozen=True, slots=True)
class Fieldwork:
    """Everything that happened; arrays by visit stand in the order of the rounds."""

    ground: Ground
    offenders: conducts.Offenders
    rounds: Rounds
    plans: Plans
    conduct: np.ndarray
    timeline: Timeline
    fixes: Fixes
    written: Written
    visit_id: pa.Array


def instants(day: np.ndarray, second: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Local time of the company as an instant, to the second."""
    since = (day - _EPOCH) * SECONDS_PER_DAY + second - _UTC_OFFSET_SECONDS
    return pa.array(since.astype(np.int64), pa.int64(), mask=missing).cast(LOCAL_TIME)


def dates(day: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array((day - _EPOCH).astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def identifiers(seed: int, label: str, day: np.ndarray, second: np.ndarray) -> pa.Array:
    """UUIDs of version 7, as phones make them: the time in front, chance behind."""
    number = np.arange(len(day))
    since = ((day - _EPOCH) * SECONDS_PER_DAY + second - _UTC_OFFSET_SECONDS) * 1000 + number % 1000
    raw = np.empty((len(day), 16), dtype=np.uint8)
    raw[:, :6] = since.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 2:]
    raw[:, 6:14] = mixed(seed, f"{label} one", number).astype(">u8").view(np.uint8).reshape(-1, 8)
    raw[:, 14:] = mixed(seed, f"{label} two", number).astype(">u8").view(np.uint8).reshape(-1, 8)[:, :2]
    raw[:, 6] = raw[:, 6] & 0x0F | 0x70
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    text = np.full((len(day), 36), ord("-"), dtype=np.uint8)
    digits = [at for at in range(36) if at not in _DASHES]
    text[:, digits[0::2]] = _HEX[raw >> 4]
    text[:, digits[1::2]] = _HEX[raw & 0x0F]
    return (
        pa.FixedSizeBinaryArray.from_buffers(pa.binary(36), len(day), [None, pa.py_buffer(text.tobytes())])
        .cast(pa.binary())
        .cast(pa.string())
    )


def texts(pool: tuple[str, ...], index: np.ndarray) -> pa.Array:
    return pa.array(pool).take(pa.array(index))


def visits(work: Fieldwork) -> pa.Table:
    """The importable visits, in order of the check-in."""
    rounds, fixes, timeline, ground = work.rounds, work.fixes, work.timeline, work.ground
    rng = stream(ground.settings.seed, "fieldwork forms")
    n = len(rounds)
    forgotten = rng.random(n) < ground.settings.variety.forgotten_check_out_share
    forgotten &= ~conducts.is_ghost(work.conduct)
    nothing = fixes.source == NONE
    table = pa.table(
        {
            "visit_id": work.visit_id,
            "manager_id": pa.array(ground.staff.employee_no.tolist()).take(pa.array(rounds.manager)),
            "retailer_id": licences(ground, rounds.retailer, rounds.day),
            "visit_type": texts(VISIT_TYPES, rounds.kind),
            "planned_date": dates(rounds.planned_day, rounds.planned_day == NO_PLAN),
            "check_in_at": instants(rounds.day, timeline.check_in),
            "check_out_at": instants(rounds.day, timeline.check_out, forgotten),
            "latitude": pa.array(fixes.latitude, mask=nothing),
            "longitude": pa.array(fixes.longitude, mask=nothing),
            "accuracy_metres": pa.array(fixes.accuracy_metres, mask=nothing),
            "fix_age_seconds": pa.array(np.nan_to_num(fixes.age_seconds).astype(np.int64), mask=nothing),
            "closed_by_itself": texts(("no", "yes"), forgotten.astype(np.int64)),
            "source": texts(SOURCES, fixes.source),
            "n_answers": pa.array(_answers(rng, work)),
            "note": work.written.note,
        }
    )
    return table.take(pc.sort_indices(table, [("check_in_at", "ascending"), ("visit_id", "ascending")]))


def _answers(rng: np.random.Generator, work: Fieldwork) -> np.ndarray:
    """How many of the questions were answered with content."""
    n, conduct = len(work.rounds), work.conduct
    care = 0.78 + 0.2 * rng.random(len(work.ground.staff.employee_no))[work.rounds.manager]
    answers = rng.binomial(N_QUESTIONS, care)
    answers = np.where(work.rounds.kind == FRIENDLY, rng.integers(0, 3, n), answers)
    answers = np.where(work.timeline.is_shut, rng.integers(0, 2, n), answers)
    invented = rng.random(n) < 0.4
    little = rng.binomial(N_QUESTIONS, 0.12, n)
    answers = np.where(conducts.is_ghost(conduct) & ~invented, little, answers)
    return np.asarray(np.where(conduct == conducts.EMPTY_FORM, rng.binomial(2, 0.25, n), answers))


def licences(ground: Ground, retailer: np.ndarray, day: np.ndarray) -> pa.Array:
    """The licence number that the shop had on that day."""
    retailers = ground.shops.retailers
    numbers = pa.array([*retailers.licence_no.tolist(), *retailers.renewed_licence_no.tolist()])
    renewed = day >= retailers.renewed_day[retailer]
    return numbers.take(pa.array(np.where(renewed, retailer + len(retailers.licence_no), retailer)))


def retailers(ground: Ground) -> pa.Table:
    """Where the company believes that its shops stand; a shop with a new licence appears under both numbers."""
    shops, known = ground.shops, ground.shops.retailers
    renewed = np.flatnonzero(known.renewed_licence_no != "")
    rows = np.concatenate((np.arange(len(known.licence_no)), renewed))
    number = np.concatenate((known.licence_no, known.renewed_licence_no[renewed]))
    nowhere = np.isnan(shops.latitude[rows])
    return pa.table(
        {
            "retailer_id": pa.array(number.tolist()),
            "latitude": pa.array(shops.latitude[rows], mask=nowhere),
            "longitude": pa.array(shops.longitude[rows], mask=nowhere),
        }
    )


def position_consents(ground: Ground) -> pa.Table:
    """Everybody agreed on paper, before the first round, that the phone tells his position at check-in and check-out."""
    n = len(ground.staff.employee_no)
    return pa.table(
        {
            "employee_no": pa.array(ground.staff.employee_no.tolist()),
            "given_at": instants(np.full(n, int(ground.days[0]) - 3), np.full(n, 9 * 3600)),
            "purpose": pa.repeat(CONSENT_PURPOSE, n),
        }
    )


def plans(work: Fieldwork) -> pa.Table:
    """Every visit that was planned, and the visit that came of it if one did."""
    rounds, planned, ground = work.rounds, work.plans, work.ground
    made = np.flatnonzero(rounds.planned_day != NO_PLAN)
    n_shops = len(ground.shops.town)
    key, done = planned.day * n_shops + planned.retailer, rounds.planned_day[made] * n_shops + rounds.retailer[made]
    order = np.argsort(done, kind="stable")
    place = np.minimum(np.searchsorted(done[order], key), max(len(order) - 1, 0))
    found = done[order][place] == key
    return pa.table(
        {
            "manager_id": pa.array(ground.staff.employee_no.tolist()).take(pa.array(planned.manager)),
            "retailer_id": licences(ground, planned.retailer, planned.day),
            "planned_date": dates(planned.day),
            "visit_id": work.visit_id.take(pa.array(made[order][place], mask=~found)),
        }
    )


def true_visits(work: Fieldwork) -> pa.Table:
    source = work.written.source
    return pa.table(
        {
            "visit_id": work.visit_id,
            "is_ghost": pa.array(conducts.is_ghost(work.conduct)),
            "conduct": texts(conducts.CONDUCTS, work.conduct),
            "note_conduct": texts(conducts.NOTE_CONDUCTS, work.written.conduct),
            "copied_from": work.visit_id.take(pa.array(source, mask=source < 0)),
        }
    )


def true_managers(work: Fieldwork) -> pa.Table:
    """Shares of ghost visits and of copied logs among all visits of a manager in a month."""
    rounds = work.rounds
    months = np.array([date.fromordinal(int(d)).replace(day=1).toordinal() for d in work.ground.days])
    month = months[np.searchsorted(work.ground.days, rounds.day)]
    key, member = np.unique(np.stack((rounds.manager, month), axis=1), axis=0, return_inverse=True)
    count = np.bincount(member)
    ghosts = np.bincount(member, weights=conducts.is_ghost(work.conduct))
    copied = np.bincount(member, weights=work.written.conduct != conducts.OWN)
    return pa.table(
        {
            "manager_id": pa.array(work.ground.staff.employee_no.tolist()).take(pa.array(key[:, 0])),
            "month": dates(key[:, 1]),
            "ghost_share": pa.array(ghosts / count),
            "copied_share": pa.array(copied / count),
            "n_visits": pa.array(count),
        }
    )


def true_retailers(ground: Ground) -> pa.Table:
    """Where the doors truly are, and until when they were elsewhere."""
    shops = ground.shops
    stays = shops.moved_day == 0
    return pa.table(
        {
            "retailer_id": pa.array(shops.retailers.licence_no.tolist()),
            "latitude": pa.array(shops.true_latitude),
            "longitude": pa.array(shops.true_longitude),
            "moved_date": dates(shops.moved_day, stays),
            "earlier_latitude": pa.array(shops.earlier_latitude, mask=stays),
            "earlier_longitude": pa.array(shops.earlier_longitude, mask=stays),
            "has_wrong_point": pa.array(shops.has_wrong_point),
        }
    )


def weather(ground: Ground) -> pa.Table:
    """The sky over each town on each working day."""
    n_days, n_towns = ground.rain.shape
    return pa.table(
        {
            "date": dates(np.repeat(ground.days, n_towns)),
            "town": pa.array([town.place for town in ground.places.towns] * n_days),
            "sky": texts(SKIES, ground.rain.ravel()),
        }
    )
