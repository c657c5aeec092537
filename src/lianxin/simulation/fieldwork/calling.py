"""The list from which a cycle of calls is planned: who holds which shop today, how often it is due and when it suits."""

import numpy as np
import pyarrow as pa

from lianxin.simulation.fieldwork.chance import uniform
from lianxin.simulation.fieldwork.ground import Ground

_DAYS_PER_CYCLE = 28.0
# Shops in a hurry at noon and in the evening like the morning, others the afternoon; most do not mind.
_GOOD_HOURS = (("08:30", "17:30"), ("08:30", "11:30"), ("13:30", "17:30"), ("09:30", "16:00"))
_GOOD_SHARES = np.array([0.5, 0.7, 0.9, 1.0])


def call_list(ground: Ground) -> pa.Table:
    """One row per shop that is open and held on the last day; a manager starts from the seat of his market unit."""
    shops, known, staff = ground.shops, ground.shops.retailers, ground.staff
    day, seed = int(ground.days[-1]), ground.settings.seed
    retailer, manager, start, finish = ground.held
    now = (start <= day) & (day < finish) & known.is_active_on(day)[retailer] & np.isfinite(shops.latitude[retailer])
    retailer, manager = retailer[now], manager[now]
    order = np.lexsort((retailer, manager))
    retailer, manager = retailer[order], manager[order]
    seats = {town.unit: (town.latitude, town.longitude) for town in reversed(ground.places.towns)}
    seat = np.array([seats[unit] for unit in range(len(seats))])
    unit = np.array([town.unit for town in ground.places.towns])[shops.town[retailer]]
    minutes = staff.service_minutes[manager] * np.exp(0.3 * (uniform(seed, "talkative", retailer) - 0.5))
    suits = np.searchsorted(_GOOD_SHARES, uniform(seed, "good hours", retailer), side="right")
    renewed = day >= known.renewed_day[retailer]
    licence = np.where(renewed, known.renewed_licence_no[retailer], known.licence_no[retailer])
    return pa.table(
        {
            "retailer_id": pa.array(licence.tolist()),
            "manager_id": pa.array(staff.employee_no.tolist()).take(pa.array(manager)),
            "latitude": pa.array(shops.latitude[retailer]),
            "longitude": pa.array(shops.longitude[retailer]),
            "visits_per_cycle": pa.array(np.rint(_DAYS_PER_CYCLE / shops.interval_days[retailer]).astype(np.int64)),
            "service_minutes": pa.array(minutes.round(1)),
            "good_from": pa.array([hours[0] for hours in _GOOD_HOURS]).take(pa.array(suits)),
            "good_until": pa.array([hours[1] for hours in _GOOD_HOURS]).take(pa.array(suits)),
            "start_latitude": pa.array(seat[unit, 0]),
            "start_longitude": pa.array(seat[unit, 1]),
        }
    )
