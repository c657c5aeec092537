"""Lines of a round: what each retailer asked for and was given, read page by page from the lake, changes by hand laid over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import ibis
import pyarrow as pa
from django.utils.translation import gettext as _
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.engine.sources import Source
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.people.models import Person
from lianxin.people.queries import EVERYBODY
from lianxin.retailers.models import Licence, Retailer
from lianxin.supply.models import HandChange, Round
from lianxin.supply.states import ChangeState

_CHANGES: Final = ibis.table(
    {"product_id": "int64", "retailer_id": "int64", "after_units": "int32"}, name="hand_changes"
)


@dataclass(frozen=True, slots=True)
class Line:
    """What one retailer was given of one product. `rule_units` is what the rule gave; None where nobody told."""

    product_id: int
    product: str
    retailer_id: int
    retailer: str
    licence_no: str
    person_id: int | None
    person: str
    tier: int | None
    wanted_units: int | None
    cap_units: int | None
    rule_units: int | None
    share_units: int
    fill_level: float | None
    reason: str
    quota_group: str
    is_changed: bool

    @property
    def key(self) -> str:
        return f"{self.product_id:010d}-{self.retailer_id:010d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which lines are asked for; None means all. `persons` is the scope of who asks."""

    persons: Collection[int] | None = EVERYBODY
    product_id: int | None = None
    retailer_id: int | None = None
    person_id: int | None = None
    tier: int | None = None
    is_changed: bool | None = None


def is_key(text: str) -> bool:
    """Whether a text names a line as `Line.key` does."""
    product, sign, retailer = text.partition("-")
    return bool(sign) and product.isdecimal() and retailer.isdecimal()


def agreed_changes(round: Round) -> pa.Table:
    """The changes by hand that count, one row per changed line: the newest agreed one."""
    rows = HandChange.objects.filter(round=round, state=ChangeState.AGREED).order_by("decided_at", "pk")
    newest = {
        (product, retailer): after
        for product, retailer, after in rows.values_list("product_id", "retailer_id", "after_units")
    }
    return pa.table(
        {
            "product_id": pa.array([key[0] for key in newest], pa.int64()),
            "retailer_id": pa.array([key[1] for key in newest], pa.int64()),
            "after_units": pa.array(list(newest.values()), pa.int32()),
        }
    )


@cache
def standing_lines() -> TableExpression:
    """The lines of a round with the changes by hand laid over what was given; `was_changed` says where."""
    shares = ALLOCATION_SHARES.unbound()
    joined = shares.left_join(
        _CHANGES, [shares.product_id == _CHANGES.product_id, shares.retailer_id == _CHANGES.retailer_id]
    )
    return joined.select(
        *(shares[name] for name in ALLOCATION_SHARES.columns if name != "share_units"),
        share_units=ibis.coalesce(_CHANGES.after_units, shares.share_units),
        was_changed=_CHANGES.after_units.notnull(),
    )


def sources_of(round: Round) -> dict[str, Source]:
    """Where the engine finds the lines of a round."""
    shares = the_lake().files(ALLOCATION_SHARES.name, company_id=round.company_id, batch_ids={round.pk})
    return {ALLOCATION_SHARES.name: shares, "hand_changes": agreed_changes(round)}


def _narrowed(asked: Asked) -> TableExpression:
    rows = standing_lines()
    for name in ("product_id", "retailer_id", "person_id", "tier"):
        value = getattr(asked, name)
        if value is not None:
            rows = rows.filter(rows[name] == value)
    if asked.persons is not EVERYBODY:
        rows = rows.filter(rows.person_id.isin(sorted(asked.persons) or [-1]))
    if asked.is_changed is not None:
        rows = rows.filter(rows.was_changed == asked.is_changed)
    return rows


def lines(round: Round, asked: Asked, *, sort_by: str = "key", descending: bool = False, limit: int = 50,
          after: tuple[Any, str] | None = None, backward: bool = False) -> list[Line]:  # fmt: skip
    """Lines of a round in an order, at most `limit`, after a position (value of the sorted column, key), ties by key.

    Parameters
    ----------
    sort_by : key or a number of the line; lines without it come last
    backward : the lines just before the position instead, still in the order asked for
    """
    rows = _narrowed(asked)
    by = "product_id" if sort_by == "key" else sort_by
    missing = rows[by].isnull()
    if after is not None:
        value, key = after
        product, retailer = (int(part) for part in key.split("-"))
        past_key = (rows.product_id > product) | ((rows.product_id == product) & (rows.retailer_id > retailer))
        before_key = (rows.product_id < product) | ((rows.product_id == product) & (rows.retailer_id < retailer))
        if sort_by == "key":
            here = before_key if backward != descending else past_key
        elif value is None:
            here = (~missing) | (missing & before_key) if backward else missing & past_key
        else:
            further = rows[by] < value if descending != backward else rows[by] > value
            here = further | ((rows[by] == value) & (before_key if backward else past_key))
            here = here if backward else here | missing
        rows = rows.filter(here.fill_null(False))
    flip = descending != backward
    order: list[Any] = []
    if sort_by == "key":
        order += [rows.product_id.desc(), rows.retailer_id.desc()] if flip else [rows.product_id, rows.retailer_id]
    else:
        order.append(rows[by].isnull().desc() if backward else rows[by].isnull())
        order.append(rows[by].desc() if flip else rows[by].asc())
        order += [rows.product_id.desc(), rows.retailer_id.desc()] if backward else [rows.product_id, rows.retailer_id]
    found = the_engine().run(rows.order_by(order).limit(limit), sources_of(round)).to_pylist()
    return _named(found[::-1] if backward else found)


def count(round: Round, asked: Asked) -> int:
    """How many lines are asked for."""
    counted = the_engine().run(_narrowed(asked).aggregate(n=lambda rows: rows.count()), sources_of(round))
    return int(counted.column("n")[0].as_py())


def line_of(round: Round, retailer_id: int, product_id: int, *, persons: Collection[int] | None = EVERYBODY) -> Line:
    """One line.

    Raises
    ------
    Missing : the retailer asked for none of it, or is not within the scope.
    """
    found = lines(round, Asked(retailer_id=retailer_id, product_id=product_id, persons=persons), limit=1)
    if not found:
        raise Missing(_("There is no such line in this round among those you may see."))
    return found[0]


def lines_of_retailer(round: Round, retailer: Retailer) -> list[Line]:
    """What one retailer asked for and was given in a round, by product."""
    return lines(round, Asked(retailer_id=retailer.pk), limit=10_000)


def alike(round: Round, line: Line) -> Mapping[str, int]:
    """Among the other lines of the same product and tier: how many there are, and how many were given the same.

    A tier with fewer than ten others tells only that, so that nobody can be recognised.
    """
    rows = _narrowed(Asked(product_id=line.product_id, tier=line.tier))
    others = rows.filter(rows.retailer_id != line.retailer_id)
    told = others.aggregate(n=others.count(), n_same=(others.share_units == line.share_units).sum().fill_null(0))
    found = the_engine().run(told, sources_of(round)).to_pylist()[0]
    return {"n": int(found["n"]), "n_same": int(found["n_same"])}


def names_of_licences(company: Company, licences: Collection[str]) -> dict[str, str]:
    """Licence number -> name of its retailer."""
    rows = Licence.objects.filter(company=company, licence_no__in=licences)
    return dict(rows.values_list("licence_no", "retailer__name"))


def _named(rows: list[dict[str, Any]]) -> list[Line]:
    retailers = Retailer.objects.in_bulk({row["retailer_id"] for row in rows})
    products = Product.objects.in_bulk({row["product_id"] for row in rows})
    persons = Person.objects.in_bulk({row["person_id"] for row in rows if row["person_id"] is not None})
    return [
        Line(
            product_id=row["product_id"],
            product=products[row["product_id"]].name,
            retailer_id=row["retailer_id"],
            retailer=retailers[row["retailer_id"]].name,
            licence_no=retailers[row["retailer_id"]].licence_no,
            person_id=row["person_id"],
            person=persons[row["person_id"]].name if row["person_id"] in persons else "",
            tier=row["tier"],
            wanted_units=row["wanted_units"],
            cap_units=row["cap_units"],
            rule_units=row["rule_units"],
            share_units=row["share_units"],
            fill_level=row["fill_level"],
            reason=row["reason"] or "",
            quota_group=row["quota_group"] or "",
            is_changed=row["was_changed"],
        )
        for row in rows
    ]
