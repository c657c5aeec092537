"""What would it pay to ask for more? The rule run again for one shop after the other, its request alone inflated."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.errors import CoreError
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.supply import checks, facts
from lianxin.supply.facts import WhatIf
from lianxin.supply.models import Round, RoundProduct, SupplyPolicy
from lianxin.supply.queries import lines, policies, rounds
from lianxin.supply.screens.presenters import unit_of
from lianxin.supply.screens.rounds import crumbs_of, known
from lianxin.ui import formats
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

# The rule is run once for each shop: so many at most at one time.
MOST_SHOPS: Final = 200
SAMPLES: Final = (10, 50, MOST_SHOPS)
FACTORS: Final = (1, 2, 3, 5, 10)
MOST_MORE: Final = 10_000


@dataclass(frozen=True)
class Shop:
    """A shop of the sample; `told` is one row of `core.allocating.gaming` with its tier."""

    told: dict[str, Any]
    retailer: str

    @property
    def id(self) -> str:
        return str(self.told["retailer_id"])


@needs("supply.fit")
def gaming_page(request: HttpRequest, number: int) -> HttpResponseBase:
    company = company_of(request)
    row = rounds.round_of(company, number)
    products = rounds.products_of(row)
    offered = policies.in_force(company, on=row.week)
    filters = FilterSet(_filters(products, offered), request.GET)
    product = next((each for each in products if str(each.product_id) == filters.text("product")), None)
    asked_for = next((each for each in offered if str(each.pk) == filters.text("policy")), None)
    policy = asked_for or (product.policy if product else None)
    more, fault = _more(filters)
    told: WhatIf | None = None
    is_closed = row.requests_version is not None and product is not None and product.supply_units is not None
    if product is not None and policy is not None and is_closed and not (filters.faults or fault):
        try:
            told = facts.what_if(
                row, product, policy, factor=int(filters.text("factor")), more=more,
                most_shops=int(filters.text("shops")),
            )  # fmt: skip
        except CoreError as wrong:
            fault = checks.cannot_compute(wrong).message
    shops = _shops(row, told) if told else []
    context = {
        "round": row,
        "heading": _heading(shops),
        "policy_sentence": policies.sentence_of(policy) if policy else "",
        "fault": fault,
        "figures": _figures(told, shops, unit_of(company)) if told and shops else [],
        "crumbs": crumbs_of(row),
    }
    table = _table(number, shops, is_closed=is_closed)
    return list_page(request, "supply/gaming.html", table, filters=filters, context=context)


def _filters(products: list[RoundProduct], offered: list[SupplyPolicy]) -> list[Filter]:
    return [
        Filter(
            key="product",
            title=_("Product"),
            choices=[Choice(str(each.product_id), each.product.name) for each in products],
            default=str(products[0].product_id) if products else "",
            required=True,
        ),
        Filter(
            key="policy",
            title=_("Policy of allocation"),
            choices=[Choice(str(each.pk), str(each)) for each in offered],
            all_title=_("that of the product"),
        ),
        Filter(
            key="factor",
            title=_("Asks for"),
            choices=[Choice(str(n), _("%(n)s × what it wants") % {"n": n}) for n in FACTORS],
            default="2",
            required=True,
        ),
        Filter(key="more", title=_("and so many more"), kind="number", default="0"),
        Filter(
            key="shops",
            title=_("Shops"),
            choices=[Choice(str(n), _("at most %(n)s") % {"n": n}) for n in SAMPLES],
            default=str(SAMPLES[0]),
            required=True,
        ),
    ]


def _more(filters: FilterSet) -> tuple[int, str]:
    """How many units are asked for on top, and what is wrong with that number."""
    value = filters["more"]
    number = int(str(value)) if value is not None and str(value).isdecimal() else -1
    if not filters.faults and not 0 <= number <= MOST_MORE:
        return 0, _("Write a whole number from 0 to %(most)s.") % {"most": formats.number(MOST_MORE)}
    return max(number, 0), ""


def _shops(row: Round, told: WhatIf) -> list[Shop]:
    names = lines.names_of_licences(row.company, told.rows.column("retailer_id").to_pylist())
    return [Shop(each, names.get(each["retailer_id"], each["retailer_id"])) for each in told.rows.to_pylist()]


def _heading(shops: list[Shop]) -> str:
    if not shops:
        return _("What would it pay to ask for more?")
    n = sum(shop.told["useful_units"] > 0 for shop in shops)
    words = {"n": formats.number(n), "all": formats.number(len(shops))}
    if n:
        return _("Asking for more pays: %(n)s of %(all)s shops would get more of what they want") % words
    return _("Asking for more does not pay: none of %(all)s shops would get more of what it wants") % words


def _figures(told: WhatIf, shops: list[Shop], unit: str) -> list[Figure]:
    def mean(name: str, title: str) -> Figure:
        value = sum(shop.told[name] for shop in shops) / len(shops)
        return Figure(title=title, value=value, kind="quantity", unit=unit, decimals=2)

    most = max(shop.told["useful_units"] for shop in shops)
    return [
        Figure(
            title=_("Shops computed"),
            value=len(shops),
            kind="number",
            note=_("of %(n)s that ask") % {"n": formats.number(told.n_asking)},
        ),
        mean("gain_units", _("More on average")),
        mean("useful_units", _("of it wanted, on average")),
        Figure(title=_("of it wanted, at most"), value=most, kind="quantity", unit=unit),
    ]


def _table(number: int, shops: list[Shop], *, is_closed: bool) -> Table:
    def units(key: str, title: str, **more: Any) -> Column:
        return Column(
            key=key, title=title, kind="number", value=lambda r: known(r.told[key]), sort_by=f"told.{key}", **more
        )

    return Table(
        name="supply_gaming",
        title=_("Shop by shop"),
        default_sort="-useful_units",
        columns=[
            Column(key="retailer", title=_("Retailer"), note=lambda r: r.id),
            *([units("tier", _("Tier"))] if any(shop.told["tier"] is not None for shop in shops) else []),
            units("wanted_units", _("Wants")),
            units("told_units", _("Would ask for")),
            units("share_units", _("Gets now")),
            units("told_share_units", _("Would get")),
            units("gain_units", _("More")),
            units("useful_units", _("of it wanted"), on_card=True),
        ],
        source=ListSource(shops, key="id"),
        empty=_empty(number, is_closed=is_closed),
        note=_("Requests are taken as what shops truly want. “Of it wanted” counts a gain only up to that."),
    )


def _empty(number: int, *, is_closed: bool) -> Empty:
    url = reverse("supply:round", args=[number])
    if is_closed:
        return Empty(
            title=_("Nothing to compute"),
            text=_("It needs a policy and requests. Choose a policy, or another product."),
            action_title=_("To the round"),
            action_url=url,
        )
    return Empty(
        title=_("Nothing to compute yet"),
        text=_("It needs the supply and the requests: close the requests of the round first."),
        action_title=_("To the round"),
        action_url=url,
    )
