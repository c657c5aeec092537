"""The numbers of a manager that repeat history or the system, as the newest judging counted them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting.judged_lines import judged_lines
from lianxin.core.forecasting.repeating import REFERENCES, SOURCES, entered_lines
from lianxin.core.tables import Steps
from lianxin.core.tables.demand import FORECAST_LINES, FORECAST_VERSIONS
from lianxin.demand.models import Judging
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.goods.models import Product
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer

_TABLES: Final = ("forecast_lines", "forecast_versions", "forecast_outcomes", "forecast_evidence")
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Repeated:
    """One entered number that repeats others: which of them, what each said, what lay there and what came (None: not known).

    sources : those of the question that the number equals, of `core.forecasting.repeating.SOURCES`
    """

    round_id: int
    period_start: date
    retailer_id: int
    licence_no: str
    shop: str
    product_id: int
    product_code: str
    product: str
    units: int
    sources: tuple[str, ...]
    naive: int | None
    average: int | None
    seasonal_naive: int | None
    system: int | None
    n_evidence: int
    came: int | None


def lines_repeated(
    judging: Judging, person: Person, kind: str, *, with_evidence: bool = False, limit: int | None = None
) -> list[Repeated]:
    """The numbers that repeat what a question asks about, the newest and largest first.

    Parameters
    ----------
    kind : history or system, the question
    with_evidence : only those given although evidence lay there
    """
    lake = the_lake()
    numbers = tuple(
        sorted((name, value) for name, value in judging.parameters.items() if not isinstance(value, list | dict))
    )
    versions = tuple((name, judging.evidence[name]) for name in _TABLES)
    rows = _entered(str(lake.root), judging.company_id, versions, numbers, person.pk)
    wanted = rows.column(f"repeats_{kind}")
    if with_evidence:
        wanted = pc.and_(wanted, pc.greater(rows.column("n_evidence"), 0))
    rows = rows.filter(wanted)
    told = rows.slice(0, limit if limit is not None else rows.num_rows).to_pylist()
    shops = _named(Retailer, "licence_no", {row["entity_id"] for row in told})
    goods = _named(Product, "product_code", {row["product_id"] for row in told})
    return [_repeated(row, kind, shops[row["entity_id"]], goods[row["product_id"]]) for row in told]


def _repeated(row: dict[str, Any], kind: str, shop: tuple[str, str], product: tuple[str, str]) -> Repeated:
    return Repeated(
        round_id=int(row["round_id"]),
        period_start=row["period_start"],
        retailer_id=row["entity_id"],
        licence_no=shop[0],
        shop=shop[1],
        product_id=row["product_id"],
        product_code=product[0],
        product=product[1],
        units=row["entered_units"],
        sources=tuple(one for one in SOURCES[kind] if row[f"{one}_units"] == row["entered_units"]),
        **{one: row[f"{one}_units"] for one in REFERENCES},
        n_evidence=row["n_evidence"],
        came=row["came_units"],
    )


def _named(model: type[Retailer | Product], code: str, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Code and name by number; both "" of what is no longer there."""
    found: dict[int, tuple[str, str]] = dict.fromkeys(ids, ("", ""))
    wanted = sorted(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = model.objects.filter(pk__in=wanted[start : start + _AT_ONCE]).values_list("pk", code, "name")
        found.update({pk: (own_code, name) for pk, own_code, name in rows})
    return found


@lru_cache(maxsize=8)
def _entered(
    root: str,
    company_id: int,
    versions: tuple[tuple[str, int], ...],
    numbers: tuple[tuple[str, Any], ...],
    person_id: int,
) -> pa.Table:
    """Rows of `entered_lines` of one author over the tables of a judging. Only his own lines are looked at."""
    said = FORECAST_VERSIONS.unbound()
    said = said.filter((said.level == "retailer") & (said.author_id == person_id) & ~said.accepted)
    own = said.select(_round="round_id", _start="period_start", _shop="entity_id", _goods="product_id").distinct()
    lines = FORECAST_LINES.unbound()
    mine = lines.inner_join(
        own,
        [
            lines.round_id == own._round,
            lines.period_start == own._start,
            lines.retailer_id == own._shop,
            lines.product_id == own._goods,
        ],
    ).select(lines.columns)
    steps = Steps()
    judged = judged_lines(steps, dict(numbers), company_id=company_id, lines=mine, levels=("retailer",))
    found = entered_lines(judged.filter(judged.person_id == person_id))
    order = [found.period_start.desc(), found.entered_units.desc(), "entity_id", "product_id", "round_id"]
    steps.add("entered_lines", found.order_by(order))
    return the_engine().run(steps, the_lake().sources(_TABLES, company_id=company_id, versions=dict(versions)))
