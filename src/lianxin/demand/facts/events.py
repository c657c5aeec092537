"""What is handed to the system's forecast beside the orders: hints known by its day, and the country's festivals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from lianxin.core.forecasting.contracts import CLOSED, EVENT, OUT_OF_STOCK
from lianxin.core.parameters import value_of
from lianxin.demand.models import Hint, Round
from lianxin.demand.queries import evidence
from lianxin.demand.queries.festivals import festivals
from lianxin.demand.states import HintKind
from lianxin.foundation import parameters
from lianxin.people.queries import postings_on, units_under
from lianxin.retailers.models import Territory
from lianxin.retailers.queries import held_on

FESTIVAL: Final = "festival"
HINTS, FESTIVALS = "hints", "festivals"
# What a hint is to the forecast; the rest are events, whose effect is learnt from earlier ones of the same name.
_KINDS: Final[Mapping[str, str]] = {HintKind.SHORTAGE: OUT_OF_STOCK, HintKind.CLOSED: CLOSED}
_SCHEMA: Final = pa.schema(
    [
        ("kind", pa.string()),
        ("name", pa.string()),
        ("retailer_id", pa.int64()),
        ("product_id", pa.int64()),
        ("event_from", pa.date32()),
        ("event_until", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Handed:
    """Events as the forecast reads them, and what the round keeps of them: id, kind, name, from, until (exclusive)."""

    table: pa.Table
    kept: list[dict[str, str]]


def handed_to(round: Round, *, first: date, at: datetime) -> Handed:
    """The events that a round's forecast may know, from a day of its history on.

    Parameters
    ----------
    at : when the forecast is made. Of a past round that an earlier system held, nothing said after its deadline counts.
    """
    known_at = min(at, round.deadline_at) if round.is_imported else at
    chosen = value_of(parameters.in_force(round.company, on=round.first_period), "demand.events_in_forecast") or ()
    calendar = list(_festivals(round, first)) if FESTIVALS in chosen else []
    said = list(_hints(round, first, known_at, {row["name"] for row, _kept in calendar})) if HINTS in chosen else []
    rows = [row for row, _kept in calendar] + [row for rows, _kept in said for row in rows]
    return Handed(
        pa.Table.from_pylist(rows, schema=_SCHEMA), [kept for _row, kept in calendar] + [kept for _rows, kept in said]
    )


def _festivals(round: Round, first: date) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    # By their English names, so that the language of whoever opens the round changes no forecast.
    for one in festivals(round.company, first, round.ends_before, "en"):
        row = _event(EVENT, one.name, one.first, one.last + timedelta(days=1), None, None)
        yield row, _kept(f"{FESTIVAL}:{one.first}:{one.name}", FESTIVAL, row)


def _hints(
    round: Round, first: date, known_at: datetime, named: set[str]
) -> Iterator[tuple[list[dict[str, Any]], dict[str, str]]]:
    for hint in evidence.hints_known(round.company, first, round.ends_before, known_at):
        if hint.kind == HintKind.FESTIVAL and hint.words.strip() in named | _in_chinese(round, hint):
            # The calendar has told it already.
            continue
        if hint.product_id is not None and hint.product_id not in round.product_ids:
            continue
        kind = _KINDS.get(hint.kind, EVENT)
        shops = _shops(round, hint)
        rows = [_event(kind, _name(hint), hint.valid_from, hint.valid_until, shop, hint.product_id) for shop in shops]
        if rows:
            yield rows, _kept(f"hint:{hint.pk}", evidence.kind_of(hint), rows[0])


def _in_chinese(round: Round, hint: Hint) -> set[str]:
    return {one.name for one in festivals(round.company, hint.valid_from, hint.valid_until, "zh")}


def _shops(round: Round, hint: Hint) -> list[int | None]:
    """The retailers of a hint; None alone for all of them."""
    if hint.retailer_id is not None:
        return [hint.retailer_id]
    if hint.unit_id is None:
        return [None]
    units = units_under({hint.unit_id}, round.company)
    posts = postings_on(round.company, on=round.first_period).filter(unit_id__in=units)
    held = Territory.objects.filter(held_on(round.first_period), person_id__in=posts.values("person_id"))
    return list(held.order_by("retailer_id").values_list("retailer_id", flat=True).distinct())


def _name(hint: Hint) -> str:
    """Closed roads are alike wherever they are; other events are only as their words tell."""
    told = "" if hint.kind == HintKind.ROAD else " ".join(hint.words.split()).casefold()
    return f"{hint.kind}:{told}"


def _event(kind: str, name: str, first: date, until: date, shop: int | None, product: int | None) -> dict[str, Any]:
    return {
        "kind": kind, "name": name, "retailer_id": shop, "product_id": product, "event_from": first, "event_until": until,
    }  # fmt: skip


def _kept(event_id: str, kind: str, row: Mapping[str, Any]) -> dict[str, str]:
    told = {"from": str(row["event_from"]), "until": str(row["event_until"])}
    return {"id": event_id, "kind": kind, "name": row["name"], **told}
