"""What a retailer was given in rounds of scarce goods, for its history: one row a round."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ibis
import pyarrow as pa
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from ibis.expr.types import Table as TableExpression

from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.foundation import access
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company, User
from lianxin.people.queries import EVERYBODY, persons_in_scope
from lianxin.retailers.models import Retailer
from lianxin.retailers.queries import happenings
from lianxin.retailers.queries.happenings import Happening, Span
from lianxin.supply.models import HandChange, Round
from lianxin.supply.queries import rounds
from lianxin.supply.states import ChangeState

_CHANGED = ibis.table({"batch_id": "string", "product_id": "int64", "after_units": "int32"}, name="changes_of_retailer")


@dataclass(frozen=True, slots=True)
class Given:
    """The sums of one retailer's lines in a round; `wanted_units` is None where no line tells."""

    round: Round
    n_products: int
    wanted_units: int | None
    share_units: int
    was_changed: bool


def _sums(retailer_id: int, persons: frozenset[int] | None) -> TableExpression:
    shares = ALLOCATION_SHARES.unbound()
    mine = shares.filter(shares.retailer_id == retailer_id)
    if persons is not EVERYBODY:
        mine = mine.filter(mine.person_id.isin(sorted(persons) or [-1]))
    joined = mine.left_join(_CHANGED, [mine.batch_id == _CHANGED.batch_id, mine.product_id == _CHANGED.product_id])
    return joined.group_by("batch_id").agg(
        n=joined.count(),
        wanted=joined.wanted_units.cast("int64").sum(),
        given=ibis.coalesce(joined.after_units, joined.share_units).cast("int64").sum(),
        n_changed=joined.after_units.notnull().cast("int64").sum(),
    )


def given_to(user: User, retailer: Retailer, span: Span) -> Sequence[Given]:
    """What stands for a retailer in the rounds of some weeks, changes by hand laid over, within the user's scope."""
    company: Company = retailer.company
    persons = persons_in_scope(user, "supply.read", company, on=span.last)
    standing = {row.pk: row for row in rounds.standing(company).filter(week__gte=span.first, week__lte=span.last)}
    if not standing:
        return []
    agreed = HandChange.objects.filter(round_id__in=standing, retailer=retailer, state=ChangeState.AGREED)
    newest = {
        (round_id, product_id): after
        for round_id, product_id, after in agreed.order_by("decided_at", "pk").values_list(
            "round_id", "product_id", "after_units"
        )
    }
    changed = pa.table(
        {
            "batch_id": pa.array([str(key[0]) for key in newest], pa.string()),
            "product_id": pa.array([key[1] for key in newest], pa.int64()),
            "after_units": pa.array(list(newest.values()), pa.int32()),
        }
    )
    shares = the_lake().files(ALLOCATION_SHARES.name, company_id=company.pk, batch_ids=set(standing))
    scope = EVERYBODY if persons is EVERYBODY else frozenset(persons)
    found = the_engine().run(
        _sums(retailer.pk, scope), {ALLOCATION_SHARES.name: shares, "changes_of_retailer": changed}
    )
    return [
        Given(standing[row["batch_id"]], int(row["n"]), row["wanted"], int(row["given"]), bool(row["n_changed"]))
        for row in found.to_pylist()
    ]


def shares_of(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    """One row a round, at the beginning of its week."""
    if not access.may(user, "supply.read", retailer.company):
        return
    for one in given_to(user, retailer, span):
        told = {"n": one.n_products, "wanted": one.wanted_units, "given": one.share_units, "round": one.round.number}
        if one.wanted_units is None:
            words = ngettext(
                "Round %(round)s: %(given)s allocated, %(n)s product", "Round %(round)s: %(given)s allocated, %(n)s products",
                one.n_products,
            )  # fmt: skip
        else:
            words = ngettext(
                "Round %(round)s: %(given)s of %(wanted)s allocated, %(n)s product",
                "Round %(round)s: %(given)s of %(wanted)s allocated, %(n)s products",
                one.n_products,
            )
        yield Happening(
            key=f"round:{one.round.number:06d}", at=span.at(one.round.week), kind="supply", is_day=True,
            words=words % told, url=reverse("supply:round", args=[one.round.number]),
        )  # fmt: skip


def register() -> None:
    """Called once, when apps are ready."""
    happenings.register("supply", gettext_lazy("Allocation"), shares_of)
