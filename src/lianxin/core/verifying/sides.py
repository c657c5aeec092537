"""What others say about a visit: witnesses who were there or were asked, and checks that were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.errors import SchemaMismatch
from lianxin.core.parameters import value_of
from lianxin.core.verifying.contracts import CHANNELS, CONFIRMED, SAYS
from lianxin.core.verifying.prepared import Array, Prepared

YES, NO, CANNOT_TELL = 1, 0, -1
# Further apart than any time of a day or number of a day, so that a shop and a moment make one sortable number.
_FAR: Final = 1 << 40
# Whoever answered this few questions says himself that little could be done: a closed door fits.
_FEW_ANSWERS: Final = 1


def contradicted(known: Prepared, parameters: Mapping[str, Any]) -> Array:
    """Whether witnesses contradict each visit: 1 yes, 0 no because they agree, -1 cannot tell.

    A closed door contradicts a visit at that moment unless the visit itself says that little could be done. A retailer who says
    that nobody came contradicts the visits of the days he speaks of; who saw the manager, or says that he came, agrees. Where
    both are said nobody can tell.
    """
    rows = known.rows
    witnesses = known.witnesses
    _only(witnesses, "says", SAYS, "witnesses")
    shops = pa.array(sorted(set(known.visits.column("retailer_id").to_pylist())), pa.string())
    place = pc.index_in(witnesses.column("retailer_id"), value_set=shops)
    kept = pc.is_valid(place)
    witnesses, place = witnesses.filter(kept), place.filter(kept).to_numpy().astype(np.int64)
    says = np.array(witnesses.column("says").to_pylist(), dtype=object)
    seen = witnesses.column("seen_at").cast(pa.int64()).fill_null(-1).to_numpy() // 1_000_000
    slack = 60 * int(value_of(parameters, "verifying.witness_minutes"))
    shop, begin = rows["retailer"].to_numpy().astype(np.int64), rows["in_s"].to_numpy()
    end = np.maximum(rows["out_s"].fill_null(0).to_numpy(), begin)
    end = np.minimum(end, begin + 4 * 3600)

    def at(word: str) -> Array:
        wanted = (says == word) & (seen >= 0)
        keys = np.sort(place[wanted] * _FAR + seen[wanted])
        first = np.searchsorted(keys, shop * _FAR + begin - slack, "left")
        return np.searchsorted(keys, shop * _FAR + end + slack, "right") > first

    day = rows["day"].to_numpy().astype(np.int64)
    since, until = (
        witnesses.column(name).cast(pa.int32()).fill_null(-1).to_numpy().astype(np.int64)
        for name in ("about_from", "about_until")
    )
    seen_day = _days(witnesses.column("seen_at"), known.time_zone)
    since, until = (
        np.where(since >= 0, since, np.where(until >= 0, until, seen_day)),
        np.where(until >= 0, until, seen_day),
    )

    def over(word: str) -> Array:
        wanted = (says == word) & (until >= since) & (since >= 0)
        begun = np.sort(place[wanted] * _FAR + since[wanted])
        ended = np.sort(place[wanted] * _FAR + until[wanted])
        low = shop * _FAR
        open_ = np.searchsorted(begun, low + day, "right") - np.searchsorted(begun, low, "left")
        shut = np.searchsorted(ended, low + day, "left") - np.searchsorted(ended, low, "left")
        return open_ > shut

    answers = pc.coalesce(rows["n_answers"], rows["n_filled"]).fill_null(_FEW_ANSWERS + 1).to_numpy()
    against = (at("shop_closed") & (answers > _FEW_ANSWERS)) | over("says_not_visited")
    agrees = at("saw_manager") | over("says_visited")
    # What was said of a moment or a day says nothing of a visit of which nobody can tell when it was.
    unknown = ~rows["clock"].to_numpy(zero_copy_only=False)
    answer = np.select([unknown | (against & agrees), against, agrees], [CANNOT_TELL, YES, NO], CANNOT_TELL)
    return answer.astype(np.int8)


def _days(instants: pa.ChunkedArray, time_zone: str) -> Array:
    local = pc.local_timestamp(instants.cast(pa.timestamp("us", tz=time_zone))).cast(pa.int64())
    return local.fill_null(-1).to_numpy() // 86_400_000_000


def _only(table: pa.Table, name: str, words: tuple[str, ...], kind: str) -> None:
    other = [word for word in pc.unique(table.column(name)).to_pylist() if word not in words]
    if other:
        raise SchemaMismatch(f"Column {name} of the {kind} says {other[0]!r}; it must be one of {', '.join(words)}.")


class Checked:
    """Checks by visit: `row` of the visit, `channel`, `chance` of being drawn, `answer` 1 confirmed, 0 not, -1 cannot tell.

    Raises
    ------
    SchemaMismatch : an unknown channel or answer, or a chance outside (0, 1].
    """

    def __init__(self, known: Prepared) -> None:
        checks = known.checks
        _only(checks, "channel", CHANNELS, "checks")
        _only(checks, "confirmed", CONFIRMED, "checks")
        chance = checks.column("drawn_probability").to_numpy(zero_copy_only=False)
        if len(chance) and not ((chance > 0) & (chance <= 1)).all():
            raise SchemaMismatch("drawn_probability of a check must lie above 0 and at most at 1.")
        row = pc.index_in(checks.column("visit_id"), value_set=known.visits.column("visit_id").combine_chunks())
        kept = pc.is_valid(row).to_numpy(zero_copy_only=False)
        order = np.flatnonzero(kept)
        self.row = row.fill_null(0).to_numpy()[order].astype(np.int64)
        self.channel = np.array([CHANNELS.index(word) for word in checks.column("channel").to_pylist()], np.int8)[order]
        codes = {"yes": YES, "no": NO, "cannot_tell": CANNOT_TELL}
        self.answer = np.array([codes[word] for word in checks.column("confirmed").to_pylist()], np.int8)[order]
        self.chance = chance[order]
        # The order of rows in a file changes nothing.
        order = np.lexsort((self.answer, self.chance, self.channel, self.row))
        self.row, self.channel, self.answer, self.chance = (
            part[order] for part in (self.row, self.channel, self.answer, self.chance)
        )

    def none(self) -> Checked:
        """No check at all, for whoever is not to listen to them."""
        empty = copy(self)
        empty.row, empty.channel, empty.answer, empty.chance = (
            part[:0] for part in (self.row, self.channel, self.answer, self.chance)
        )
        return empty

    @property
    def is_phone(self) -> Array:
        return self.channel == CHANNELS.index("phone")
