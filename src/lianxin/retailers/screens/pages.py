from dataclasses import replace

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import clock
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.foundation.models import Company
from lianxin.retailers import queries
from lianxin.retailers.models import RetailerVersion
from lianxin.retailers.queries import contacts
from lianxin.retailers.screens.forms import listing_of, retailer_filters
from lianxin.retailers.states import Status
from lianxin.ui.addresses import numbered
from lianxin.ui.exports import export, export_asked
from lianxin.ui.formats import number
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.sources import Ask, QuerySetSource, Slice
from lianxin.ui.tables import Column, Table


class CountedSource(QuerySetSource):
    """A queryset whose total is known already."""

    def __init__(self, queryset, total: int) -> None:
        super().__init__(queryset, count=False)
        self.total = total

    def page(self, ask: Ask) -> Slice:
        return Slice(super().page(ask).rows, self.total)


def holder_name(row: RetailerVersion) -> str:
    holder = queries.holder_at_hand(row)
    return holder.name if holder else _("nobody")


COLUMNS = (
    Column(key="name", title=gettext_lazy("Retailer"), sort_by="retailer__name"),
    Column(key="licence_no", title=gettext_lazy("Licence"), sort_by="retailer__licence_no"),
    Column(key="holder", title=gettext_lazy("Customer manager"), value=holder_name, sortable=False, on_card=True),
    Column(key="tier", title=gettext_lazy("Tier"), kind="number", on_card=True),
    Column(key="town", title=gettext_lazy("Town"), value=lambda row: row.town or None),
    Column(
        key="trade_form",
        title=gettext_lazy("Trade form"),
        value=lambda row: queries.shown("trade_form", row.trade_form) or None,
    ),
    Column(
        key="market_type",
        title=gettext_lazy("Market type"),
        value=lambda row: queries.shown("market_type", row.market_type) or None,
    ),
    Column(key="trade_area", title=gettext_lazy("Trade area"), value=lambda row: row.trade_area or None),
    Column(key="route", title=gettext_lazy("Route"), value=lambda row: row.route or None),
    Column(
        key="order_weekday",
        title=gettext_lazy("Order day"),
        value=lambda row: queries.shown("order_weekday", row.order_weekday) or None,
    ),
    Column(key="status", title=gettext_lazy("Status"), kind="badge", value=lambda row: Status(row.status).label),
    Column(
        key="opening_hours",
        title=gettext_lazy("Opening hours"),
        value=lambda row: queries.shown("opening_hours", row.opening_hours) or None,
        sortable=False,
        shown=False,
    ),
    Column(key="address", title=gettext_lazy("Address"), value=lambda row: row.address or None, shown=False),
)


def columns(company: Company) -> list[Column]:
    """All columns; those that the company records nothing in are left to the column chooser."""
    recorded = queries.known(company).fields | {"holder"}
    address = numbered("retailers:file")
    name, *others = [replace(one, shown=one.shown and one.key in recorded) for one in COLUMNS]
    return [replace(name, href=lambda row: address(row.retailer_id)), *others]


@needs("retailers.read")
def retailers(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    on = clock.today(company)
    filters = retailer_filters(request, company, on)
    asked = listing_of(filters)
    total = queries.listed_count(request.user, company, asked, on=on)
    is_asked = bool(filters.chips)
    table = Table(
        name="retailers",
        title=_("Retailers"),
        columns=columns(company),
        source=CountedSource(queries.listed(request.user, company, asked, on=on), total),
        default_sort="licence_no",
        empty=None
        if is_asked
        else Empty(
            title=_("There are no retailers that you may see yet"),
            text=_(
                "They appear when the retailers and the territories have been imported and some are assigned to you."
            ),
        ),
    )
    if export_asked(request, table):
        return export(request, table, filters)
    words = (
        _("%(n)s retailers match your filters") if is_asked else _("%(n)s retailers")
    ) % {"n": number(total)}  # fmt: skip
    return render(
        request,
        "retailers/list.html",
        {"page_title": words, "filters": filters, "table": table.page(request.GET)},
    )


@needs("retailers.read")
def retailer_file(request: HttpRequest, retailer_id: int) -> HttpResponseBase:
    company = company_of(request)
    on = clock.today(company)
    retailer = queries.retailer_file(request.user, company, retailer_id, on=on)
    version = queries.version_in_force(retailer, on=on)
    facts = [
        (title, version.get_status_display() if name == "status" else queries.shown(name, getattr(version, name)))
        for name, title in queries.FIELDS
        if name != "name"
    ]
    sees_contact = contacts.is_in_scope(request.user, "contacts.read", retailer, on=on)
    return render(
        request,
        "retailers/file.html",
        {
            "sees_contact": sees_contact,
            "contact": contacts.recorded(retailer) if sees_contact else None,
            "may_enter_contact": contacts.is_in_scope(request.user, "contacts.write", retailer, on=on),
            "page_title": retailer.name,
            "retailer": retailer,
            "version": version,
            "trade_form": queries.shown("trade_form", version.trade_form),
            "facts": facts,
            "holder": queries.holder_on(retailer, on=on),
            "history": queries.history(retailer),
            "tiers": [one for one in queries.field_history(retailer, "tier")[::-1] if one.value is not None],
            "holders": queries.holders(retailer),
            "licences": queries.licences(retailer),
            "crumbs_given": [Crumb(title=_("Retailers"), url=reverse("retailers:list")), Crumb(title=retailer.name)],
        },
    )
