"""Quotas of groups of a tier as anyone may read them: no cell of fewer than ten shops stands alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lianxin.core.allocating.publishing import LEAST_RETAILERS, apart
from lianxin.supply.models import RoundQuota, SupplyPolicy
from lianxin.supply.queries.open_rows import OpenPart
from lianxin.supply.wording import in_words


@dataclass(frozen=True, slots=True)
class QuotaCell:
    """Neighbouring tiers of a group: from the highest to the lowest, with the least and the most that their shops may take."""

    tier_from: int
    tier_until: int
    least_units: int
    most_units: int
    n: int


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """The quotas of one group of retailers, or of several small ones together, highest tiers first.

    title : the group in words; empty where several small groups stand together
    groups : as they are kept, one but where several stand together
    part : the part of the public file with their rows
    """

    title: str
    cells: Sequence[QuotaCell]
    groups: tuple[str, ...]
    part: OpenPart | None = None


def open_groups(quotas: Sequence[RoundQuota], policy: SupplyPolicy) -> list[OpenGroup]:
    """The quotas of a product per group and tier, those of few shops put together with their neighbours.

    Invariants
    ----------
    Every cell holds at least ten shops. Tiers of a group that are too small join the next lower ones; groups that are too small
    stand together without a name; what is too small even then joins the smallest group. A product with fewer shops has none.
    """
    by_group: dict[str, list[RoundQuota]] = {}
    for quota in quotas:
        by_group.setdefault(quota.quota_group, []).append(quota)
    alone, together = apart({group: sum(quota.n_requests for quota in told) for group, told in by_group.items()})
    made = [OpenGroup(in_words(policy, group), _cells(by_group[group]), (group,)) for group in alone]
    made.sort(key=lambda group: group.title)
    if together:
        made.append(OpenGroup("", _cells([quota for group in together for quota in by_group[group]]), tuple(together)))
    return made


def _cells(quotas: Sequence[RoundQuota]) -> list[QuotaCell]:
    """The tiers of a group, each cell of ten shops or more; what is left over joins the cell above it."""
    by_tier: dict[int, QuotaCell] = {}
    for quota in quotas:
        one = QuotaCell(quota.tier, quota.tier, quota.quota_units, quota.quota_units, quota.n_requests)
        by_tier[quota.tier] = _joined(by_tier[quota.tier], one) if quota.tier in by_tier else one
    made: list[QuotaCell] = []
    for tier in sorted(by_tier, reverse=True):
        if made and made[-1].n < LEAST_RETAILERS:
            made[-1] = _joined(made[-1], by_tier[tier])
        else:
            made.append(by_tier[tier])
    if len(made) > 1 and made[-1].n < LEAST_RETAILERS:
        last = made.pop()
        made[-1] = _joined(made[-1], last)
    return made


def _joined(one: QuotaCell, other: QuotaCell) -> QuotaCell:
    return replace(
        one,
        tier_until=min(one.tier_until, other.tier_until),
        least_units=min(one.least_units, other.least_units),
        most_units=max(one.most_units, other.most_units),
        n=one.n + other.n,
    )
