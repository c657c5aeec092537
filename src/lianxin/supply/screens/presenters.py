"""Words and figures for the pages of rounds: templates compute nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.foundation.models import Company
from lianxin.supply.checks import Finding
from lianxin.supply.models import Round, RoundProduct, RoundQuota, RoundSum
from lianxin.supply.queries.policies import sentence_of
from lianxin.supply.states import RoundState
from lianxin.ui import formats
from lianxin.ui.parts import Fact, Figure


def unit_of(company: Company) -> str:
    """What the company calls its order unit, in the language of the page."""
    return company.order_unit_en if (get_language() or "").startswith("en") else company.order_unit


def units_figure(value: int | None, title: str = "", **more: Any) -> Figure:
    """A number of units, or that nobody told it."""
    if value is None:
        return Figure(title=title, answer="not_enough_data", reason="not_recorded", **more)
    return Figure(title=title, value=value, kind="number", **more)


@dataclass(frozen=True)
class ProductRow:
    """A product of a round with its sums; `compared` under the policy set beside it."""

    row: RoundProduct
    sums: RoundSum | None
    compared: RoundSum | None

    @property
    def id(self) -> int:
        return self.row.product_id

    @property
    def name(self) -> str:
        return self.row.product.name

    @property
    def code(self) -> str:
        return self.row.product.product_code

    @property
    def goods_class(self) -> str:
        return self.row.get_goods_class_display()

    @property
    def policy(self) -> str:
        return str(self.row.policy) if self.row.policy else _("not told")

    @property
    def supply(self) -> int | None:
        return self.row.supply_units

    @property
    def wanted(self) -> int | None:
        return self.sums.wanted_units if self.sums else None

    @property
    def shared(self) -> int | None:
        return self.sums.share_units if self.sums else None

    @property
    def remainder(self) -> int | None:
        if self.sums is None or self.supply is None:
            return None
        return self.supply - self.sums.share_units

    @property
    def full_share(self) -> float | None:
        return self.sums.n_full / self.sums.n_lines if self.sums and self.sums.takeable_units is not None else None

    @property
    def nothing(self) -> int | None:
        return self.sums.n_nothing if self.sums else None

    @property
    def compared_nothing(self) -> int | None:
        return self.compared.n_nothing if self.compared else None

    @property
    def compared_full_share(self) -> float | None:
        if self.compared is None or self.compared.takeable_units is None:
            return None
        return self.compared.n_full / self.compared.n_lines

    @property
    def n_lines(self) -> int | None:
        return self.sums.n_lines if self.sums else None


def product_rows(
    products: Sequence[RoundProduct], sums: Sequence[RoundSum], compared: Sequence[RoundSum]
) -> list[ProductRow]:
    """One row per product of a round."""
    chosen = {row.product_id: row for row in sums}
    beside = {row.product_id: row for row in compared}
    return [ProductRow(row, chosen.get(row.product_id), beside.get(row.product_id)) for row in products]


@dataclass(frozen=True)
class TierRow:
    """A tier of a product: who is in it, its quota, what it got; and under the compared policy.

    by_group : group -> its quota, where the quota is divided further by attributes
    """

    sums: RoundSum
    compared: RoundSum | None
    by_group: Mapping[str, int]

    @property
    def id(self) -> int:
        return self.sums.tier if self.sums.tier is not None else 0

    @property
    def name(self) -> str:
        return _("Tier %(n)s") % {"n": self.sums.tier} if self.sums.tier is not None else _("Tier not known")

    @property
    def band(self) -> str:
        least, most = self.sums.least_share, self.sums.most_share
        return formats.number(least) if least == most else f"{formats.number(least)} – {formats.number(most)}"

    @property
    def average(self) -> float:
        return self.sums.share_units / self.sums.n_lines

    @property
    def compared_average(self) -> float | None:
        return self.compared.share_units / self.compared.n_lines if self.compared else None


def tier_rows(
    sums: Sequence[RoundSum], compared: Sequence[RoundSum], quotas: Sequence[RoundQuota] = ()
) -> list[TierRow]:
    """One row per tier of a product, the highest first."""
    by_tier: dict[int, dict[str, int]] = {}
    for each in quotas:
        by_tier.setdefault(each.tier, {})[each.quota_group] = each.quota_units
    beside = {row.tier: row for row in compared}
    ordered = sorted(sums, key=lambda row: -(row.tier if row.tier is not None else 0))
    return [
        TierRow(row, beside.get(row.tier), by_tier.get(row.tier, {}) if row.tier is not None else {}) for row in ordered
    ]


def round_figures(round: Round, rows: Sequence[ProductRow], company: Company) -> list[Figure]:
    """What a round comes to, on top of its page."""
    unit = unit_of(company)
    known = [row for row in rows if row.sums is not None]
    figures = [
        Figure(title=_("Products"), value=len(rows), kind="number"),
        _summed(_("Supply"), [row.supply for row in rows], unit, why_no_supply(round)),
    ]
    if not known:
        return figures
    return [
        *figures,
        _summed(_("Asked for"), [row.wanted for row in known], unit),
        _summed(_("Shared out"), [row.shared for row in known], unit),
        _summed(_("Left over"), [row.remainder for row in known], unit),
        Figure(title=_("Retailers"), value=round.n_retailers, kind="number"),
        _share_of_lines(_("Lines met in full"), [row.sums for row in known if row.sums]),
    ]


def why_no_supply(round: Round) -> str:
    """Why a supply is not told: it is fixed when requests close; a file of shares may not name it."""
    return _("fixed when requests close") if round.state == RoundState.DRAFT else "not_recorded"


def _summed(title: str, values: Sequence[int | None], unit: str, reason: str = "not_recorded") -> Figure:
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not values:
        return Figure(title=title, answer="not_enough_data", reason=reason)
    return Figure(title=title, value=sum(known), kind="quantity", unit=unit)


def _share_of_lines(title: str, sums: Sequence[RoundSum]) -> Figure:
    if any(row.takeable_units is None for row in sums):
        return Figure(title=title, answer="not_enough_data", reason="not_recorded")
    n = sum(row.n_lines for row in sums)
    return (
        Figure(title=title, value=sum(row.n_full for row in sums) / n, kind="share", note=_of_lines(n))
        if n
        else (Figure(title=title, answer="not_enough_data", n=0))
    )


def _of_lines(n: int) -> str:
    return _("of %(n)s lines; in full is the wish, or the cap where that is less") % {"n": formats.number(n)}


def fairness_facts(findings: Sequence[Finding], summary: Mapping[str, Any]) -> list[tuple[bool, Fact]]:
    """What the fairness checks say: (holds, fact)."""
    told: list[tuple[bool, Fact]] = []
    methods = [each for each in findings if each.code == "method_permitted"]
    broken = [each.subject for each in methods if not each.holds]
    if methods:
        text = _("not for %(names)s") % {"names": "、".join(broken[:5])} if broken else _("for all products")
        told.append((not broken, Fact(title=_("Method permitted for the class of goods"), text=text)))
    for each in findings:
        if each.code == "city_share":
            words = {"share": formats.share(each.value or 0, 0), "floor": formats.share(each.wanted or 0, 0)}
            text = _("%(share)s, at least %(floor)s") % words
            told.append((each.holds, Fact(title=_("Open to the whole city"), text=text)))
    if "n_unequal" in summary:
        n = summary["n_unequal"]
        words = {"n": formats.number(n), "all": formats.number(summary["n_equals"])}
        text = _("%(n)s of %(all)s groups of equals differ by more than one unit") % words
        told.append((n == 0, Fact(title=_("Equals treated equally"), text=text)))
    return told


def sentences(products: Sequence[RoundProduct]) -> list[str]:
    """The rules of a round, each once, in one sentence."""
    return list(dict.fromkeys(sentence_of(row.policy) for row in products if row.policy is not None))


def heading(round: Round, rows: Sequence[ProductRow], company: Company) -> str:
    """What the round's page finds, in one line."""
    words = {"n": round.number, "week": formats.day(round.week), "unit": unit_of(company)}
    shared = [row.shared for row in rows if row.shared is not None]
    if round.state in (RoundState.DRAFT, RoundState.REQUESTS_IN) or not shared:
        return _("Round %(n)s, week of %(week)s: nothing is shared out yet") % words
    words |= {"units": formats.number(sum(shared)), "retailers": formats.number(round.n_retailers)}
    if round.state == RoundState.PREVIEWED:
        return _("Round %(n)s, week of %(week)s: %(units)s %(unit)s would go to %(retailers)s retailers") % words
    if round.state == RoundState.WITHDRAWN:
        return _("Round %(n)s, week of %(week)s: withdrawn") % words
    return _("Round %(n)s, week of %(week)s: %(units)s %(unit)s went to %(retailers)s retailers") % words
