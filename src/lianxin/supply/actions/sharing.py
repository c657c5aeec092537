"""A round shared out by its policies: requests from the lake, the arithmetic of `core.allocating`, shares back to the lake."""

import hashlib
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin import __version__
from lianxin.core import allocating
from lianxin.core.allocating import Policy, allocate
from lianxin.core.allocating.policies import BETWEEN_ATTRIBUTES
from lianxin.core.errors import CoreError
from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.core.units import first_day
from lianxin.engine import digest
from lianxin.engine.sources import empty, nullable_arrow_schema
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.supply import checks, facts
from lianxin.supply.models import Round, RoundProduct, RoundQuota, SupplyPolicy
from lianxin.supply.queries import rounds
from lianxin.supply.states import TYPES, Variant

SHOWN_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class GroupQuota:
    """What a retailer of a tier may take at most in a group of retailers."""

    product_id: int
    quota_group: str
    tier: int
    quota_units: int
    n_requests: int
    taken_units: int


@dataclass(frozen=True)
class Shared:
    """What a round gives.

    lines : under `tables.ALLOCATION_SHARES`
    quotas : (product, tier) -> quota, for products shared by tier quota without further attributes
    group_quotas : those of products whose quota is divided further by attributes
    faults : what is wrong with the inputs, [{reason, n, product_id, retailer_id, value}]; with any there are no lines
    """

    lines: pa.Table
    quotas: dict[tuple[int, int], int] = field(default_factory=dict)
    group_quotas: list[GroupQuota] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def digest(self) -> str:
        """Of the lines; the same inputs give the same one."""
        return digest(self.lines.drop_columns(["batch_id"]))


@lru_cache(maxsize=1)
def code_version() -> str:
    """The release and a digest of the text of the rules: rounds with the same one were shared out by the same formulas."""
    folder = Path(allocating.__file__).parent
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        sha.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{sha.hexdigest()[:12]}"


def share(round: Round, variant: Variant) -> Shared:
    """What the round's policies, or those set beside them, give to whom. Draws set beside them are made with another seed.

    Raises
    ------
    Refused : a policy cannot be applied to what was requested.
    """
    try:
        return _shared(round, variant)
    except CoreError as fault:
        raise checks.cannot_compute(fault) from fault


def _shared(round: Round, variant: Variant) -> Shared:
    products = rounds.products_of(round)
    by_policy: dict[int, tuple[SupplyPolicy, list[RoundProduct]]] = {}
    for row in products:
        policy = row.policy if variant == Variant.CHOSEN else row.compared_policy
        if policy is not None:
            by_policy.setdefault(policy.pk, (policy, []))[1].append(row)
    known = facts.retailers_known(round.company, round.week)
    requested = facts.requests_of(round)
    parts: list[pa.Table] = []
    quotas: dict[tuple[int, int], int] = {}
    group_quotas: list[GroupQuota] = []
    faults: list[dict[str, Any]] = []
    for policy, rows in by_policy.values():
        applied = facts.policy_for(round, policy, is_chosen=variant == Variant.CHOSEN)
        told = _shared_by(round, applied, rows, known, requested)
        parts.append(told.lines)
        quotas.update(told.quotas)
        group_quotas += told.group_quotas
        faults += told.faults
    if faults or not parts:
        return Shared(empty(ALLOCATION_SHARES), faults=faults)
    lines = pa.concat_tables(parts).sort_by([("product_id", "ascending"), ("retailer_id", "ascending")])
    return Shared(lines, quotas, group_quotas)


def _shared_by(round: Round, policy: Policy, rows: list[RoundProduct], known: pa.Table, requested: pa.Table) -> Shared:
    asked, supply = facts.to_divide(round, policy, rows, known, requested)
    if policy.only_selected:
        nobody = _without_selected(asked, supply)
        if nobody:
            return Shared(empty(ALLOCATION_SHARES), faults=nobody)
    given = allocate(asked, supply, policy=policy, engine=the_engine())
    if given.faults.num_rows:
        return Shared(empty(ALLOCATION_SHARES), faults=_faults(given.faults))
    by_code = {row.product.product_code: row.product_id for row in rows}
    return Shared(
        _lines(round, given.shares, policy),
        _quotas(given.quotas, by_code, policy),
        _group_quotas(given.quotas, by_code, policy),
    )


def _without_selected(asked: pa.Table, supply: pa.Table) -> list[dict[str, Any]]:
    """A fault for the products of which no shop was selected: all of their supply would be left over."""
    some = asked.filter(asked.column("is_selected")).column("product_id").combine_chunks()
    codes = supply.column("product_id")
    nobody = codes.filter(pc.invert(pc.is_in(codes, value_set=some))).to_pylist()
    if not nobody:
        return []
    return [
        {"reason": "nobody_selected", "n": len(nobody), "product_id": nobody[0], "retailer_id": None, "value": None}
    ]


def _lines(round: Round, shares: pa.Table, policy: Policy) -> pa.Table:
    n = shares.num_rows
    groups = [shares.column(name) for name in policy.attributes]
    group = pc.binary_join_element_wise(*groups, BETWEEN_ATTRIBUTES) if groups else pa.nulls(n, pa.string())
    columns = {
        "company_id": pa.repeat(pa.scalar(round.company_id, pa.int64()), n),
        "month": pa.repeat(pa.scalar(first_day(round.week), pa.date32()), n),
        "week": shares.column("week"),
        "product_id": shares.column("product_number"),
        "retailer_id": shares.column("retailer_number"),
        "person_id": shares.column("person_number"),
        "tier": shares.column("tier"),
        **{name: _known(shares.column(name)) for name in TYPES},
        "wanted_units": shares.column("wanted_units"),
        "cap_units": shares.column("cap_units"),
        "rule_units": shares.column("share_units"),
        "share_units": shares.column("share_units"),
        "fill_level": shares.column("fill_level"),
        "reason": shares.column("reason"),
        "quota_group": group,
        "batch_id": pa.repeat(pa.scalar(round.pk, pa.string()), n),
    }
    return pa.table(columns).select(ALLOCATION_SHARES.columns).cast(nullable_arrow_schema(ALLOCATION_SHARES))


def _known(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts, null where they are empty."""
    return pc.if_else(pc.equal(pc.fill_null(texts, ""), ""), pa.scalar(None, pa.string()), texts)


def _quotas(told: pa.Table | None, by_code: dict[str, int], policy: Policy) -> dict[tuple[int, int], int]:
    if told is None or policy.attributes:
        return {}
    return {(by_code[row["product_id"]], row["tier"]): row["quota_units"] for row in told.to_pylist()}


def _group_quotas(told: pa.Table | None, by_code: dict[str, int], policy: Policy) -> list[GroupQuota]:
    if told is None or not policy.attributes:
        return []
    return [
        GroupQuota(
            by_code[row["product_id"]],
            BETWEEN_ATTRIBUTES.join(row[name] for name in policy.attributes),
            *(row[name] for name in ("tier", "quota_units", "n_requests", "taken_units")),
        )
        for row in told.to_pylist()
    ]


def _faults(found: pa.Table) -> list[dict[str, Any]]:
    """How many faults of each kind, with the first of each as an example."""
    told: dict[str, dict[str, Any]] = {}
    for row in found.select(["reason", "product_id", "retailer_id", "value"]).to_pylist():
        if row["reason"] in told:
            told[row["reason"]]["n"] += 1
        elif len(told) < SHOWN_FAULTS:
            told[row["reason"]] = {**row, "n": 1}
    return list(told.values())


def keep(round: Round, shared: Shared) -> int:
    """The version of the lake that has the round's shares, in place of those of an earlier preview; and quotas of groups."""
    RoundQuota.objects.filter(round=round).delete()
    RoundQuota.objects.bulk_create(
        (RoundQuota(round=round, **asdict(one)) for one in shared.group_quotas), batch_size=2000
    )
    return the_lake().replace_batches(
        ALLOCATION_SHARES.name, round.company_id, {round.pk}, shared.lines, {"round": round.pk}
    )
