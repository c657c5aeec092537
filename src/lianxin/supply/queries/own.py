"""What a retailer reads of a round: its own lines, the rule that gave them, and how its neighbours fared, as numbers only."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import ibis
import pyarrow as pa
from django.db.models import Q
from django.utils.translation import gettext as _
from ibis.expr.types import Table as TableExpression

from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Missing
from lianxin.foundation.facts import the_engine
from lianxin.foundation.models import Company
from lianxin.people.models import Posting
from lianxin.people.queries import postings_on
from lianxin.retailers.queries import version_in_force
from lianxin.retailers.queries.access import own_retailer
from lianxin.supply.models import HandChange, Round, RoundProduct
from lianxin.supply.queries import open as openly
from lianxin.supply.queries import rounds
from lianxin.supply.queries.lines import Asked, Line, lines, sources_of, standing_lines
from lianxin.supply.queries.open_rows import row_code, row_of
from lianxin.supply.queries.policies import sentence_of
from lianxin.supply.states import ChangeState, RoundState, Rule
from lianxin.supply.wording import change_reason, in_words

# Of fewer than this nobody is told how many they are.
LEAST: Final = 10
_READABLE: Final = Q(state=RoundState.PUBLISHED) | Q(state=RoundState.IMPORTED, published_at__isnull=False)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Others of the same tier, and of the same group where quotas are divided further.

    where : "unit" or "company"; both numbers are None below ten
    n_same : how many of them got the same; None where either those or the others are fewer than ten
    """

    where: str
    n: int | None
    n_same: int | None
    is_nearly_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnChange:
    """An agreed change by hand as the retailer reads it: posts instead of names, the reason of the list instead of inside words."""

    before_units: int
    after_units: int
    reason: str
    proposed_by_post: str
    agreed_by_post: str
    agreed_on: date

    @property
    def reason_words(self) -> str:
        return change_reason(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """A retailer's own line: what it asked for, may have, got, and why."""

    line: Line
    sentence: str
    rule: str
    tier_units: float | None
    group_words: str
    is_enough: bool
    neighbours: Neighbours
    changes: tuple[OwnChange, ...]
    row_code: str
    draw_number: str


def own_rounds(caller: RetailerCaller) -> list[Round]:
    """The rounds that a retailer may read, newest first: those made here or come with a file that were published."""
    return list(rounds.rounds(caller.company).filter(_READABLE).order_by("-week", "-number")[:52])


def own_round(caller: RetailerCaller, number: int) -> Round:
    """A round that a retailer may read. Raises Missing for one of another company, or not published."""
    found = rounds.rounds(caller.company).filter(_READABLE, number=number).first()
    if found is None:
        raise Missing(_("There is no such round."))
    return found


def own_lines(caller: RetailerCaller, round: Round) -> list[OwnLine]:
    """The retailer's own lines of a round, by product; empty when it asked for nothing."""
    found = lines(round, Asked(retailer_id=caller.retailer_id), limit=1000)
    if not found:
        return []
    rows = {row.product_id: row for row in rounds.products_of(round)}
    told = {one.product_id: one for one in openly.products(round)} if openly.is_published(round) else {}
    near = _neighbours(round, found)
    changes = _changes(caller, round)
    return [
        _own(caller, round, line, rows.get(line.product_id), told.get(line.product_id), near[line.product_id], changes)
        for line in found
    ]


def _own(
    caller: RetailerCaller,
    round: Round,
    line: Line,
    row: RoundProduct | None,
    told: openly.OpenProduct | None,
    neighbours: Neighbours,
    changes: dict[int, list[OwnChange]],
) -> OwnLine:
    policy = None if row is None else row.policy
    tier_units = None if told is None else next((one.units for one in told.tiers if one.tier == line.tier), None)
    if tier_units is None and told is not None and line.tier is not None and line.quota_group:
        tier_units = rounds.quota_of_group(round, line.product_id, line.tier, line.quota_group)
    code = draw = ""
    if told is not None and policy is not None and row is not None:
        floor = line.reason == "floor"
        most = 0 if line.reason == "not_selected" else _most(line)
        part = told.part_of(line.quota_group)
        public = None if part is None else row_of(
            part, tier=line.tier, wanted_units=line.wanted_units or 0, policy=policy, floor=floor,
            most_units=line.rule_units or 0 if floor else most,
        )  # fmt: skip
        code = "" if part is None or public is None else row_code(round, line.product_id, part, public)
        if policy.rule == Rule.LOTTERY:
            # The licence of that week, as it was drawn by; a retailer may have got another one since.
            licence_no = version_in_force(own_retailer(caller), on=round.week).licence_no
            text = f"{round.seed}|{round.week.isoformat()}|{row.product.product_code}|{licence_no}"
            draw = hashlib.sha256(text.encode()).hexdigest()
    return OwnLine(
        line=line,
        sentence="" if policy is None else sentence_of(policy),
        rule="" if policy is None else policy.rule,
        tier_units=tier_units,
        group_words=in_words(policy, line.quota_group) if line.quota_group else "",
        is_enough=told is not None and told.is_enough and not line.quota_group,
        neighbours=neighbours,
        changes=tuple(changes.get(line.product_id, ())),
        row_code=code,
        draw_number=draw,
    )


def _changes(caller: RetailerCaller, round: Round) -> dict[int, list[OwnChange]]:
    """Product -> the agreed changes of the retailer's line, the oldest first."""
    rows = HandChange.objects.filter(round=round, retailer_id=caller.retailer_id, state=ChangeState.AGREED)
    found: dict[int, list[OwnChange]] = {}
    for row in rows.order_by("decided_at", "pk"):
        assert row.decided_at is not None
        proposed_on, agreed_on = (at.astimezone(caller.company.zone).date() for at in (row.proposed_at, row.decided_at))
        told = OwnChange(
            before_units=row.before_units,
            after_units=row.after_units,
            reason=row.reason,
            proposed_by_post=_post_of(caller.company, row.proposed_by_id, on=proposed_on),
            agreed_by_post=_post_of(caller.company, row.decided_by_id, on=agreed_on),
            agreed_on=agreed_on,
        )
        found.setdefault(row.product_id, []).append(told)
    return found


def _post_of(company: Company, user_id: int | None, *, on: date) -> str:
    """The post that a user held on a day, in words."""
    posting = postings_on(company, on=on).filter(person__user_id=user_id).first() if user_id else None
    return _("somebody of the company") if posting is None else str(posting.get_post_display())


def _most(line: Line) -> int:
    wanted = line.wanted_units or 0
    return wanted if line.cap_units is None else min(wanted, line.cap_units)


@cache
def _alike() -> TableExpression:
    """Per product and tier: how many others there are, and how many of them got as much, in the unit and in the company."""
    rows = standing_lines()
    asked = ibis.table(
        {"product": "int64", "own": "int64", "of_tier": "int16", "of_group": "string", "got": "int32"}, name="own_lines"
    )
    unit = ibis.table({"person": "int64"}, name="own_unit")
    # Lines without a tier are of one group of their own. Where a quota holds for a group of a tier, another group's shops had
    # another quota and are no neighbours.
    same_group = [
        rows.product_id == asked.product,
        rows.tier.fill_null(-1) == asked.of_tier.fill_null(-1),
        rows.quota_group.fill_null("") == asked.of_group,
        rows.retailer_id != asked.own,
    ]
    found = rows.join(asked, same_group)
    near = found.left_join(unit, found.person_id == unit.person)
    same = (near.share_units == near.got).cast("int64")
    here = near.person.notnull().cast("int64")
    return near.group_by("product").agg(
        n=near.count(), n_same=same.sum(), n_near=here.sum(), n_near_same=(same * here).sum()
    )


def _neighbours(round: Round, found: Sequence[Line]) -> dict[int, Neighbours]:
    asked = pa.table(
        {
            "product": pa.array([line.product_id for line in found], pa.int64()),
            "own": pa.array([line.retailer_id for line in found], pa.int64()),
            "of_tier": pa.array([line.tier for line in found], pa.int16()),
            "of_group": pa.array([line.quota_group for line in found], pa.string()),
            "got": pa.array([line.share_units for line in found], pa.int32()),
        }
    )
    unit = pa.table({"person": pa.array(sorted(_colleagues(round, found)), pa.int64())})
    sources = {**sources_of(round), "own_lines": asked, "own_unit": unit}
    told = {row["product"]: row for row in the_engine().run(_alike(), sources).to_pylist()}
    return {line.product_id: _told(told.get(line.product_id)) for line in found}


def _colleagues(round: Round, found: Sequence[Line]) -> set[int]:
    """The persons posted in the unit of who held the retailer in that week: their retailers are its neighbours."""
    holders = {line.person_id for line in found if line.person_id is not None}
    posted = postings_on(round.company, on=round.week)
    units = posted.filter(person_id__in=holders).values_list("unit_id", flat=True)
    return set(Posting.objects.filter(pk__in=posted.filter(unit_id__in=set(units))).values_list("person_id", flat=True))


def _told(row: dict[str, Any] | None) -> Neighbours:
    """Numbers of at least ten, of the unit if it has so many, else of the company."""
    if row is None or row["n"] < LEAST:
        return Neighbours("company", None, None, is_nearly_all=False)
    where, n, same = (
        ("unit", row["n_near"], row["n_near_same"]) if row["n_near"] >= LEAST else ("company", row["n"], row["n_same"])
    )
    others = n - same
    if same >= LEAST and (others == 0 or others >= LEAST):
        return Neighbours(where, n, same, is_nearly_all=False)
    return Neighbours(where, n, None, is_nearly_all=same >= LEAST)
