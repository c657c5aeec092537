"""A company whose demand, system forecast and people are drawn from a seed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lianxin.core.tables import TABLES
from lianxin.core.units import month_plus
from lianxin.simulation.draws import stream
from lianxin.simulation.judgement.people import KINDS, Seen, entered
from lianxin.simulation.judgement.settings import JudgementSettings

Array = NDArray[Any]
FIRST_MONTH = date(2019, 1, 1)
COMPANY = 1
_REASONS = ("event", "stock", "shortage", "trend", "shop")
_KINDS_OF_EVIDENCE = ("event", "stock_count", "shortage")
_WINDOW = 3


@dataclass(frozen=True)
class Simulated:
    """Tables by name, under `core.tables.demand`, and the truth.

    truth : one row per entered forecast: version_id, person_id, kind, is_copy
    """

    tables: dict[str, pa.Table]
    truth: pa.Table


@dataclass(frozen=True)
class _Demand:
    """Units by (period, retailer, product): what was asked for, what could be known of it, what the system said, what was known."""

    came: Array
    knowable: Array
    system: Array
    has_evidence: Array


def simulated(settings: JudgementSettings) -> Simulated:
    """A company of its own: history, rounds with everybody's numbers, evidence, outcomes, submissions, and the truth."""
    demand = _demand(settings)
    parts: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("versions", "evidence", "used", "submissions", "truth")
    }
    dice = stream(settings.seed, "people")
    for number in range(settings.n_rounds):
        _one_round(settings, demand, number, dice, parts)
    return Simulated(
        {
            "forecast_lines": _lines(settings, demand),
            "forecast_versions": _table("forecast_versions", parts["versions"]),
            "forecast_outcomes": _outcomes(settings, demand),
            "forecast_evidence": _table("forecast_evidence", parts["evidence"]),
            "evidence_used": _table("evidence_used", parts["used"]),
            "forecast_submissions": _table("forecast_submissions", parts["submissions"]),
        },
        pa.Table.from_pylist(
            parts["truth"],
            pa.schema(
                [("version_id", pa.string()), ("person_id", pa.int64()), ("kind", pa.string()), ("is_copy", pa.bool_())]
            ),
        ),
    )


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema([field.with_nullable(True) for field in TABLES[name].schema.to_pyarrow()])
    return pa.Table.from_pylist([{"company_id": COMPANY, **row} for row in rows], schema=schema)


def _demand(settings: JudgementSettings) -> _Demand:
    dice = stream(settings.seed, "demand")
    n_shops = settings.n_managers * settings.n_retailers
    n_periods = settings.n_history + settings.n_rounds
    shape = (n_periods, n_shops, settings.n_products)
    level = np.exp(dice.normal(np.log(settings.mean_units) - 0.5, 1.0, shape[1:]))
    drift = np.cumsum(dice.normal(0.0, 0.06, shape), axis=0)
    season = 0.15 * np.sin(2 * np.pi * (np.arange(n_periods) % 12) / 12)[:, None, None]
    usual = level * np.exp(drift - drift[:1] + season)
    has_evidence = dice.random(shape) < settings.evidence_share
    shock = np.where(has_evidence, np.where(dice.random(shape) < 0.5, 0.5, 1.7), 1.0)
    knowable = usual * shock
    came = dice.negative_binomial(8, 8 / (8 + knowable))
    heaps = (dice.random(n_shops) < settings.heaping_share)[None, :, None]
    came = np.where(heaps & (came >= 8), np.round(came / 5) * 5, came).astype(np.int64)
    system = np.empty(shape)
    smoothed = came[0].astype(float)
    for period in range(n_periods):
        system[period] = smoothed
        smoothed = 0.7 * smoothed + 0.3 * came[period]
    return _Demand(came, knowable, system, has_evidence)


def _month(settings: JudgementSettings, number: int) -> date:
    return month_plus(FIRST_MONTH, settings.n_history + number)


def _person_of(settings: JudgementSettings, shop: int) -> int:
    return 1 + shop // settings.n_retailers


def _unit_of(settings: JudgementSettings, person: int) -> int:
    return 101 + (person - 1) % settings.n_units


def kind_of(settings: JudgementSettings, person: int) -> str:
    """The kind of a manager."""
    return settings.kinds[(person - 1) % len(settings.kinds)]


def _one_round(
    settings: JudgementSettings,
    demand: _Demand,
    number: int,
    dice: np.random.Generator,
    parts: dict[str, list[dict[str, Any]]],
) -> None:
    at = settings.n_history + number
    month, n_shops = _month(settings, number), settings.n_retailers
    due = datetime.combine(month, datetime.min.time(), UTC) - timedelta(days=5)
    for person in range(1, settings.n_managers + 1):
        kind = KINDS[kind_of(settings, person)]
        shops = np.arange((person - 1) * n_shops, person * n_shops)
        lay = demand.has_evidence[at, shops]
        # Where something is known people look first.
        wish = dice.random(lay.shape) - 0.6 * lay
        chosen = np.argwhere(wish <= np.quantile(wish, settings.entered_share))
        places = (shops[chosen[:, 0]], chosen[:, 1])
        past = demand.came[:, places[0], places[1]].astype(float)
        seen = Seen(
            system=demand.system[at][places],
            last=past[at - 1],
            average=np.floor(past[at - _WINDOW : at].mean(axis=0) * 1000) / 1000,
            year=past[at - 12] if at >= 12 else np.full(len(chosen), np.nan),
            knowable=demand.knowable[at][places],
        )
        units, is_copy = entered(kind, seen, settings, dice)
        seconds = np.round(dice.gamma(4.0, kind.seconds / 4.0, len(units)), 1)
        words = dice.integers(0, 10**6 if not kind.copies else 3, len(units))
        for line in range(len(units)):
            shop, product = int(places[0][line]), int(places[1][line])
            version_id = f"v{number}-{shop}-{product}"
            parts["versions"].append(
                {
                    "version_id": version_id,
                    "round_id": f"R{number:02d}",
                    "period_start": month,
                    "level": "retailer",
                    "entity_id": shop + 1,
                    "product_id": product + 1,
                    "author_role": "customer_manager",
                    "author_id": person,
                    "entered_at": due - timedelta(hours=1 + line % 40),
                    "units_milli": int(units[line]) * 1000,
                    "base_milli": round(float(seen.system[line]) * 1000),
                    "accepted": False,
                    "reason": _REASONS[int(words[line]) % len(_REASONS)],
                    "words_key": f"w{int(words[line])}",
                    "seconds_spent": float(seconds[line]),
                }
            )
            parts["truth"].append(
                {"version_id": version_id, "person_id": person, "kind": kind.code, "is_copy": bool(is_copy[line])}
            )
            if demand.has_evidence[at, shop, product]:
                _evidence(parts, number, month, due, shop, product, None if is_copy[line] else version_id)
        parts["submissions"].append(
            {
                "round_id": f"R{number:02d}",
                "period_start": month,
                "author_role": "customer_manager",
                "author_id": person,
                "due_at": due,
                "submitted_at": due - timedelta(hours=1) if dice.random() < 0.9 else None,
                "n_due": len(units),
                "n_decided": len(units) if dice.random() < 0.9 else len(units) // 2,
            }
        )


def _evidence(
    parts: dict[str, list[dict[str, Any]]],
    number: int,
    month: date,
    due: datetime,
    shop: int,
    product: int,
    version_id: str | None,
) -> None:
    evidence_id = f"e{number}-{shop}-{product}"
    parts["evidence"].append(
        {
            "round_id": f"R{number:02d}",
            "period_start": month,
            "retailer_id": shop + 1,
            "product_id": product + 1,
            "evidence_id": evidence_id,
            "kind": _KINDS_OF_EVIDENCE[(shop + product) % len(_KINDS_OF_EVIDENCE)],
            "known_at": due - timedelta(days=3),
        }
    )
    if version_id is not None:
        parts["used"].append({"version_id": version_id, "evidence_id": evidence_id})


def _lines(settings: JudgementSettings, demand: _Demand) -> pa.Table:
    rows = []
    n_shops = settings.n_managers * settings.n_retailers
    for number in range(settings.n_rounds):
        month, system = _month(settings, number), demand.system[settings.n_history + number]
        for shop in range(n_shops):
            person = _person_of(settings, shop)
            for product in range(settings.n_products):
                rows.append(
                    {
                        "round_id": f"R{number:02d}",
                        "period": "month",
                        "period_start": month,
                        "step": 1,
                        "retailer_id": shop + 1,
                        "product_id": product + 1,
                        "person_id": person,
                        "unit_id": _unit_of(settings, person),
                        "product_group": "main" if product < settings.n_products // 2 else "other",
                        "system_milli": round(float(system[shop, product]) * 1000),
                    }
                )
    return _table("forecast_lines", rows)


def _outcomes(settings: JudgementSettings, demand: _Demand) -> pa.Table:
    rows = []
    for period, shop, product in np.argwhere(demand.came > 0).tolist():
        units = int(demand.came[period, shop, product])
        rows.append(
            {
                "period": "month",
                "period_start": month_plus(FIRST_MONTH, period),
                "retailer_id": shop + 1,
                "product_id": product + 1,
                "wanted_units": units,
                "ordered_units": units,
                "supplied_units": units,
                "n_capped": 0,
            }
        )
    return _table("forecast_outcomes", rows)
