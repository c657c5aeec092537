"""Small companies with every oddity that judgement must bear, drawn from a seed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
from numpy.random import Generator, default_rng

from lianxin.core.forecasting.judged_lines import judged_lines
from lianxin.core.forecasting.judging_contracts import JUDGED_LINES
from lianxin.core.tables import Steps
from lianxin.core.units import month_plus
from lianxin.engine import Engine, from_rows

COMPANY = 9
TAG = {"company_id": COMPANY}
FIRST = date(2019, 10, 1)
Row = dict[str, Any]


def odd_world(seed: int) -> dict[str, list[Row]]:
    """Five shops, two products, three managers (one in no unit), a month that is not known, holes in every column."""
    dice = default_rng(seed)
    tables: dict[str, list[Row]] = {
        name: []
        for name in ("forecast_lines", "forecast_versions", "forecast_outcomes", "forecast_evidence", "evidence_used")
    }
    for month in (month_plus(FIRST, at) for at in range(22)):
        if month == month_plus(FIRST, 4):
            continue
        for shop in range(1, 6):
            for product in (1, 2):
                if dice.random() < 0.25:
                    continue
                ordered = int(dice.integers(-1, 9))
                tables["forecast_outcomes"].append(
                    {
                        **TAG,
                        "period": "month",
                        "period_start": month,
                        "retailer_id": shop,
                        "product_id": product,
                        "wanted_units": None
                        if dice.random() < 0.2 or month < date(2020, 3, 1)
                        else ordered + int(dice.integers(0, 3)),
                        "ordered_units": ordered,
                        "supplied_units": None if dice.random() < 0.3 else max(ordered - 1, 0),
                        "n_capped": int(dice.integers(0, 2)),
                    }
                )
    for at in range(14, 24):
        for step in (1, 2):
            _round(tables, dice, f"R{at}", month_plus(FIRST, at + step - 1), step)
    return tables


def _round(tables: dict[str, list[Row]], dice: Generator, round_id: str, month: date, step: int) -> None:
    due = datetime(month.year, month.month, 1, tzinfo=UTC) - timedelta(days=9)
    for shop in range(1, 6):
        for product in (1, 2):
            holder = {1: 1, 2: 1, 3: 2, 4: 3, 5: None}[shop]
            system = None if dice.random() < 0.05 else int(dice.integers(0, 9000))
            key = {"round_id": round_id, "period_start": month}
            tables["forecast_lines"].append(
                {
                    **TAG,
                    **key,
                    "period": "month",
                    "step": step,
                    "retailer_id": shop,
                    "product_id": product,
                    "person_id": holder,
                    "unit_id": {1: 71, 2: 72}.get(holder or 0),
                    "product_group": "g" if product == 1 else None,
                    "system_milli": system,
                }
            )
            for number in range(int(dice.integers(0, 3))):
                tables["forecast_versions"].append(
                    {
                        **TAG,
                        **key,
                        "version_id": f"{round_id}-{step}-{shop}-{product}-{number}",
                        "level": "retailer",
                        "entity_id": shop,
                        "product_id": product,
                        "author_role": "customer_manager",
                        "author_id": holder if dice.random() < 0.9 else 3,
                        "entered_at": due + timedelta(hours=int(dice.integers(0, 3))),
                        "units_milli": int(dice.integers(0, 9)) * 1000,
                        "base_milli": system,
                        "accepted": bool(dice.random() < 0.2),
                        "reason": "event",
                        "words_key": None,
                        "seconds_spent": None if dice.random() < 0.5 else 3.25,
                    }
                )
            if dice.random() < 0.3:
                tables["forecast_evidence"].append(
                    {
                        **TAG,
                        **key,
                        "retailer_id": shop,
                        "product_id": product,
                        "evidence_id": f"e{round_id}-{step}-{shop}-{product}",
                        "kind": "event" if shop < 3 else "stock_count",
                        # Some are learnt between two numbers of a line, or after all of them.
                        "known_at": due + timedelta(hours=int(dice.integers(0, 4))),
                    }
                )
                tables["evidence_used"].append(
                    {
                        **TAG,
                        "version_id": f"{round_id}-{step}-{shop}-{product}-0",
                        "evidence_id": f"e{round_id}-{step}-{shop}-{product}",
                    }
                )
    for level, entity, role in (
        ("unit", 71, "market_manager"),
        ("company", COMPANY, "brand_manager"),
        ("retailer", 1, "combined"),
    ):
        tables["forecast_versions"].append(
            {
                **TAG,
                "round_id": round_id,
                "period_start": month,
                "version_id": f"{round_id}-{step}-{level}",
                "level": level,
                "entity_id": entity,
                "product_id": 1,
                "author_role": role,
                "author_id": 8,
                "entered_at": due,
                "units_milli": int(dice.integers(0, 30_000)),
                "accepted": False,
            }
        )


def sources_of(tables: dict[str, list[Row]]) -> dict[str, pa.Table]:
    return {name: from_rows(name, rows) for name, rows in tables.items()}


def judged_of(running: Engine, sources: dict[str, pa.Table], company: int = COMPANY) -> pa.Table:
    steps = Steps()
    judged_lines(steps, {}, company_id=company)
    return running.run(steps, {name: sources[name] for name in steps.sources})


def unbound() -> ibis.Table:
    return JUDGED_LINES.unbound()
