"""Writing down the sums of a round's lines, which pages read instead of the lines."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa

from lianxin.core.allocating.sums import share_sums, treated_unequally
from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.foundation.facts import the_engine
from lianxin.supply.models import Round, RoundSum
from lianxin.supply.queries import lines
from lianxin.supply.states import SumKind, Variant

_BY: Final[Mapping[SumKind, tuple[str, ...]]] = {
    SumKind.PRODUCT: ("product_id",),
    SumKind.TIER: ("product_id", "tier"),
    SumKind.PERSON: ("person_id",),
}
_KEPT: Final = (
    "n_lines",
    "n_full",
    "n_nothing",
    "wanted_units",
    "takeable_units",
    "share_units",
    "rule_units",
    "least_share",
    "most_share",
    "level",
)


def record_sums(
    *,
    round: Round,
    lines: pa.Table,
    variant: Variant = Variant.CHOSEN,
    quotas: Mapping[Any, int | None] | None = None,
) -> list[RoundSum]:
    """The sums of a round's lines, in place of those it had.

    Parameters
    ----------
    quotas : (product, tier) -> quota, for products shared by tier quota
    """
    source = ALLOCATION_SHARES.unbound()
    questions = {kind.value: share_sums(source, by) for kind, by in _BY.items()}
    questions["all"] = source.aggregate(n_lines=source.count(), n_retailers=source.retailer_id.nunique())
    questions["equals"] = treated_unequally(source)
    told = the_engine().run_many(questions, {ALLOCATION_SHARES.name: lines})
    made = [
        RoundSum(
            round=round,
            variant=variant,
            kind=kind,
            product_id=row.get("product_id"),
            tier=row.get("tier"),
            person_id=row.get("person_id"),
            quota_units=(quotas or {}).get((row.get("product_id"), row.get("tier"))),
            **{name: row[name] for name in _KEPT},
        )
        for kind in SumKind
        for row in told[kind.value].to_pylist()
    ]
    RoundSum.objects.filter(round=round, variant=variant).delete()
    RoundSum.objects.bulk_create(made, batch_size=2000)
    if variant == Variant.CHOSEN:
        every: dict[str, Any] = told["all"].to_pylist()[0]
        round.n_lines, round.n_retailers = every["n_lines"], every["n_retailers"]
        round.summary = told["equals"].to_pylist()[0]
        round.save(update_fields=["n_lines", "n_retailers", "summary"])
    return made


def renew_sums(*, round: Round) -> list[RoundSum]:
    """The sums of a round after a change by hand, the changes that count laid over what was given."""
    kept = RoundSum.objects.filter(round=round, variant=Variant.CHOSEN, kind=SumKind.TIER, quota_units__isnull=False)
    quotas = {(row.product_id, row.tier): row.quota_units for row in kept}
    standing = the_engine().run(lines.standing_lines(), lines.sources_of(round))
    return record_sums(round=round, lines=standing.drop_columns(["was_changed"]), quotas=quotas)
