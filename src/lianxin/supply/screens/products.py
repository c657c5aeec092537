"""A product of a round: what each tier gets, and by which policy."""

from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.supply.models import Round, SupplyPolicy
from lianxin.supply.queries import policies, rounds
from lianxin.supply.screens import presenters as shown
from lianxin.supply.screens.forms import ChooseForm
from lianxin.supply.screens.rounds import crumbs_of, known
from lianxin.supply.states import RoundState, SumKind, Variant
from lianxin.supply.wording import attribute_words, attributes_of, in_words
from lianxin.ui import formats, pictures
from lianxin.ui.parts import Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

# So many groups stand in the table at first.
MOST_GROUPS: Final = 8


@needs("supply.read")
def product_page(request: HttpRequest, number: int, product_id: int) -> HttpResponseBase:
    company = company_of(request)
    row = rounds.round_of(company, number)
    product = rounds.product_of(row, product_id)
    quotas = rounds.group_quotas(row, product_id)
    rows = shown.tier_rows(
        rounds.sums(row, SumKind.TIER, product_id=product_id),
        rounds.sums(row, SumKind.TIER, variant=Variant.COMPARED, product_id=product_id),
        quotas,
    )
    has_quota = any(each.sums.quota_units is not None for each in rows)
    columns = [
        Column(key="name", title=_("Tier"), sort_by="id", href=lambda r: lines_url(number, product_id, r.sums.tier)),
        Column(
            key="n_lines", title=_("Retailers"), kind="number", value=lambda r: r.sums.n_lines, sort_by="sums.n_lines"
        ),
        Column(
            key="wanted",
            title=_("Asked for"),
            kind="number",
            value=lambda r: known(r.sums.wanted_units),
            sortable=False,
        ),
        *(
            [
                Column(
                    key="quota",
                    title=_("Quota"),
                    kind="number",
                    on_card=True,
                    value=lambda r: known(r.sums.quota_units),
                    sortable=False,
                )
            ]
            if has_quota
            else []
        ),
        *_group_columns(product.policy, sorted({each.quota_group for each in quotas})),
        Column(key="band", title=_("Least – most"), sortable=False),
        Column(key="average", title=_("On average"), kind="number", decimals=1, on_card=True),
        Column(
            key="shared",
            title=_("Shared out"),
            kind="number",
            value=lambda r: r.sums.share_units,
            sort_by="sums.share_units",
        ),
        Column(key="full", title=_("Met in full"), kind="number", value=lambda r: r.sums.n_full, sort_by="sums.n_full"),
        Column(
            key="nothing",
            title=_("With nothing"),
            kind="number",
            value=lambda r: r.sums.n_nothing,
            sort_by="sums.n_nothing",
        ),
    ]
    if any(each.compared for each in rows):
        columns.append(
            Column(
                key="compared_average",
                title=_("On average under the compared policy"),
                kind="number",
                decimals=1,
                value=lambda r: known(r.compared_average),
                sort_by="compared_average",
            )
        )
    table = Table(
        name="round_tiers",
        title=_("By tier"),
        default_sort="-name",
        columns=columns,
        source=ListSource(rows, key="id"),
        empty=Empty(title=_("Not previewed yet"), text=_("The preview shows what each tier would get.")),
    )
    state = RoundState(row.state)
    may_choose = access.may(request.user, "supply.prepare", company) and state in (
        RoundState.DRAFT,
        RoundState.REQUESTS_IN,
        RoundState.PREVIEWED,
    )
    sums = next((each for each in rounds.sums(row, SumKind.PRODUCT, product_id=product_id)), None)
    form = None
    if may_choose:
        initial = {
            "policy": product.policy_id,
            "compared": product.compared_policy_id or "",
            "goods_class": product.goods_class,
        }
        form = ChooseForm(initial=initial, policies=policies.in_force(company, on=row.week))
    context = {
        "round": row,
        "product": product,
        "sums": sums,
        "figures": _product_figures(row, product, sums, has_groups=bool(quotas)),
        "sentence": policies.sentence_of(product.policy) if product.policy else "",
        "groups": _groups_in_words(product.policy) if quotas and product.policy else "",
        "chart": _tier_picture(rows, company_unit=shown.unit_of(company)) if len(rows) > 1 else None,
        "form": form,
        "lines_url": lines_url(number, product_id, None),
        "crumbs": crumbs_of(row),
    }
    return list_page(request, "supply/product.html", table, context=context)


def _group_columns(policy: SupplyPolicy | None, groups: list[str]) -> list[Column]:
    """The quota of each group of a tier; of many groups the further ones are chosen."""

    def units(group: str) -> Any:
        return lambda row: known(row.by_group.get(group), _("nobody of this tier asked"))

    return [
        Column(
            key=f"group{place}",
            title=_("Quota: %(group)s") % {"group": in_words(policy, group)},
            kind="number",
            value=units(group),
            sortable=False,
            shown=place < MOST_GROUPS,
        )
        for place, group in enumerate(groups)
    ]


def _groups_in_words(policy: SupplyPolicy) -> str:
    names = [str(attribute_words(name)) for name in attributes_of(policy)]
    return _("The supply is divided first by %(names)s; each group has quotas of its own.") % {
        "names": "、".join(names)
    }


def _product_figures(row: Round, product: Any, sums: Any, *, has_groups: bool) -> list[Figure]:
    unit = shown.unit_of(row.company)
    figures = [shown.units_figure(product.supply_units, _("Supply"), unit=unit)]
    if sums is None:
        return figures
    figures += [
        shown.units_figure(sums.wanted_units, _("Asked for")),
        shown.units_figure(sums.share_units, _("Shared out")),
        shown.units_figure(
            None if product.supply_units is None else product.supply_units - sums.share_units, _("Left over")
        ),
        Figure(
            title=_("Lines with nothing"),
            value=sums.n_nothing,
            kind="number",
            note=_("of %(n)s lines") % {"n": formats.number(sums.n_lines)},
        ),
    ]
    # Groups have a level each, and none in common.
    if sums.level is not None and not has_groups:
        figures.append(Figure(title=_("Common level"), value=sums.level, kind="number", decimals=2))
    return figures


def _tier_picture(rows: list[shown.TierRow], company_unit: str) -> Any:
    ordered = [row for row in reversed(rows) if row.sums.tier is not None]
    return pictures.curve(
        _("What a retailer of each tier gets on average"),
        x=pictures.Measure(title=_("Tier")),
        y=pictures.Measure(title=_("On average"), unit=company_unit, decimals=1),
        points=[(row.sums.tier or 0, round(row.average, 3)) for row in ordered],
    )


def lines_url(number: int, product_id: int, tier: int | None) -> str:
    asked = f"?product={product_id}" + (f"&tier={tier}" if tier is not None else "")
    return reverse("supply:lines", args=[number]) + asked
