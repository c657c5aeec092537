"""The pictures of a record as the page shows them: charts drawn from what it keeps, photographs to see and to choose."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from lianxin.ui import pictures
from lianxin.ui.parts import Picture
from lianxin.ui.pictures import Bar, Measure, Series
from lianxin.visits.models import Record
from lianxin.visits.queries import record_pictures as queries
from lianxin.visits.queries.calendar import end_of
from lianxin.visits.states import RecordKind


def charts(record: Record) -> list[Picture]:
    """The charts with which a record was filled; none of records that are older than them."""
    return [_drawn(kept) for kept in record.figures.get("charts", [])]


def _drawn(kept: Mapping[str, Any]) -> Picture:
    measure = Measure(title=kept["measure"], unit=kept["unit"])
    lines = [Series(name=one["name"], values=one["values"], role=one["role"]) for one in kept["lines"]]
    note = kept["note"]
    if kept["kind"] == "months":
        months = [date.fromisoformat(text) for text in kept["categories"]]
        return pictures.trend(kept["title"], measure=measure, months=months, series=lines, note=note)
    if kept["kind"] == "bars":
        items = [Bar(name=name, value=value) for name, value in zip(kept["categories"], lines[0].values, strict=True)]
        return pictures.bars(kept["title"], measure=measure, items=items, note=note)
    return pictures.structure(
        kept["title"], measure=measure, categories=kept["categories"], parts=lines, stacked_as="sum", note=note
    )


def offered(record: Record, chosen: Collection[str]) -> list[dict[str, Any]]:
    """Photographs that the writer may choose: those chosen first, then the newest of the period, each with whether it is chosen."""
    kept = queries.photos_of(record)
    own = queries.photos_to_choose(
        record.person, record.period_start, end_of(RecordKind(record.kind), record.period_start)
    )
    others = own.exclude(pk__in=record.photo_ids)[: queries.OFFERED_PHOTOS]
    return [
        {"photo": one.photo, "retailer": one.retailer, "is_chosen": one.photo.pk in chosen}
        for one in [*kept, *queries.shown(list(others))]
    ]
