from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import clock
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.people import queries
from lianxin.people.models import Posting
from lianxin.people.states import Post
from lianxin.ui.exports import export, export_asked
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.formats import day, number
from lianxin.ui.parts import Empty
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def reports_to(row: Posting) -> str | None:
    return row.reports_to.name if row.reports_to else None


def employee_no(row: Posting) -> str:
    return row.person.employee_no


COLUMNS = (
    Column(key="name", title=gettext_lazy("Full name"), sort_by="person__name", value=lambda row: row.person.name),
    Column(
        key="employee_no",
        title=gettext_lazy("Employee number"),
        sort_by="person__employee_no",
        value=employee_no,
    ),
    Column(key="post", title=gettext_lazy("Post"), on_card=True, value=lambda row: row.get_post_display()),
    Column(key="unit", title=gettext_lazy("Unit"), sort_by="unit__code", on_card=True, value=lambda row: row.unit.code),
    Column(key="reports_to", title=gettext_lazy("Reports to"), sort_by="reports_to__name", value=reports_to),
    Column(key="valid_from", title=gettext_lazy("Since"), kind="day"),
    Column(
        key="valid_until",
        title=gettext_lazy("Until"),
        value=lambda row: day(row.valid_until) if row.valid_until else _("open"),
        shown=False,
    ),
)


@needs("people.read")
def people(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    today = clock.today(company)
    tree = queries.unit_tree(company, on=today)
    filters = FilterSet(
        [
            Filter(key="q", title=gettext_lazy("Search"), kind="text", help=gettext_lazy("Name or number")),
            Filter(
                key="unit",
                title=gettext_lazy("Unit"),
                choices=[Choice(str(node.unit.pk), "\u3000" * node.depth + node.unit.code) for node in tree],
            ),
            Filter(key="post", title=gettext_lazy("Post"), choices=[Choice(*one) for one in Post.choices]),
            Filter(key="on", title=gettext_lazy("On day"), kind="day"),
        ],
        request.GET,
    )
    unit = filters.text("unit")
    rows = queries.postings_listed(
        request.user,
        company,
        on=filters.date("on") or today,
        unit_id=int(unit) if unit else None,
        post=filters.text("post"),
        search=filters.text("q"),
    )
    table = Table(
        name="people",
        title=_("People"),
        columns=COLUMNS,
        source=QuerySetSource(rows),
        default_sort="employee_no",
        empty=None
        if filters.chips
        else Empty(
            title=_("Nobody holds a post yet"), text=_("People appear when a list of people has been imported.")
        ),
    )
    if export_asked(request, table):
        return export(request, table, filters)
    page = table.page(request.GET)
    title = _("%(people)s people hold a post in %(units)s units") % {
        "people": number(page.total or 0),
        "units": number(len(tree)),
    }
    return render(
        request,
        "people/list.html",
        {"page_title": title, "filters": filters, "table": page, "tree": tree},
    )
