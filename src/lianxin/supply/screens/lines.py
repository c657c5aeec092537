"""Lines of a round: what each retailer asked for and was given, and changes by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.foundation import access, clock
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.gate import needs
from lianxin.people.queries import EVERYBODY, manager_choices, persons_in_scope
from lianxin.supply import permissions
from lianxin.supply.actions import changes as actions
from lianxin.supply.models import HandChange, Round
from lianxin.supply.queries import changes, lines, policies, rounds
from lianxin.supply.screens.forms import DecideForm, ProposeForm
from lianxin.supply.screens.presenters import unit_of
from lianxin.supply.screens.rounds import crumbs_of
from lianxin.supply.states import ChangeState, RoundState
from lianxin.supply.wording import change_reason, share_reason
from lianxin.ui.filters import Choice, Filter, FilterSet
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import Ask, CallableSource, QuerySetSource, Slice
from lianxin.ui.tables import Column, Table


def _told(value: int | None) -> Any:
    return Figure(answer="not_enough_data", reason="not_recorded") if value is None else value


def line_columns(number: int) -> list[Column]:
    """The columns of lines, for the pages that list them."""
    return [
        Column(
            key="retailer",
            title=_("Retailer"),
            note=lambda r: r.licence_no,
            href=lambda r: reverse("supply:line", args=[number, r.product_id, r.retailer_id]),
            sort_by="key",
        ),
        Column(key="product", title=_("Product"), sortable=False, on_card=True),
        Column(key="tier", title=_("Tier"), kind="number", value=lambda r: _told(r.tier)),
        Column(key="wanted_units", title=_("Asked for"), kind="number", value=lambda r: _told(r.wanted_units)),
        Column(
            key="cap_units",
            title=_("Reasonable quantity"),
            value=lambda r: r.cap_units if r.cap_units is not None else _("no cap"),
            kind="number",
        ),
        Column(key="rule_units", title=_("By the rule"), kind="number", value=lambda r: _told(r.rule_units)),
        Column(key="share_units", title=_("Share"), kind="number", on_card=True),
        Column(key="reason", title=_("Why"), value=lambda r: share_reason(r.reason), sortable=False),
        Column(
            key="is_changed",
            title=_("By hand"),
            kind="badge",
            value=lambda r: _("changed by hand") if r.is_changed else _("as shared out"),
            sortable=False,
            shown=False,
        ),
        Column(
            key="person",
            title=_("Customer manager"),
            value=lambda r: r.person or _("Held by nobody"),
            sortable=False,
            shown=False,
        ),
    ]


@needs("supply.read")
def line_list(request: HttpRequest, number: int) -> HttpResponseBase:
    company = company_of(request)
    row = rounds.round_of(company, number)
    scope = persons_in_scope(request.user, "supply.read", company, on=clock.today(company))
    products = rounds.products_of(row)
    filters = FilterSet(
        [
            Filter(
                key="product",
                title=_("Product"),
                choices=[Choice(str(each.product_id), each.product.name) for each in products],
            ),
            Filter(key="tier", title=_("Tier"), choices=[Choice(str(tier), str(tier)) for tier in range(30, 0, -1)]),
            Filter(
                key="manager",
                title=_("Customer manager"),
                choices=[
                    Choice(str(each.person_id), each.words, each.unit)
                    for each in manager_choices(company, scope, on=row.week)
                ],
            ),
            Filter(
                key="by_hand",
                title=_("By hand"),
                choices=[Choice("yes", _("changed by hand")), Choice("no", _("as shared out"))],
            ),
        ],
        request.GET,
    )
    asked = lines.Asked(
        persons=scope,
        product_id=_number(filters.text("product")),
        tier=_number(filters.text("tier")),
        person_id=_number(filters.text("manager")),
        is_changed={"yes": True, "no": False}.get(filters.text("by_hand")),
    )
    total = lines.count(row, asked)

    def page(ask: Ask) -> Slice:
        position = (ask.position.value, ask.position.key) if ask.position else None
        found = lines.lines(
            row,
            asked,
            sort_by=ask.sort_by,
            descending=ask.descending,
            limit=ask.limit,
            after=position,
            backward=ask.backward,
        )
        return Slice(found, total)

    table = Table(
        name="supply_lines",
        title=_("Lines"),
        default_sort="-share_units",
        columns=line_columns(number),
        source=CallableSource(page, key="key"),
        empty=Empty(title=_("No lines"), text=_("Nothing is shared out yet, or none of it is among what you may see.")),
    )
    context = {"round": row, "crumbs": crumbs_of(row), "total": total}
    return list_page(request, "supply/lines.html", table, filters=filters, context=context)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _line_context(request: HttpRequest, row: Round, line: lines.Line, form: ProposeForm | None) -> dict[str, Any]:
    company = row.company
    product = rounds.product_of(row, line.product_id)
    return {
        "round": row,
        "line": line,
        "unit": unit_of(company),
        "why": share_reason(line.reason),
        "alike": lines.alike(row, line),
        "sentence": policies.sentence_of(product.policy) if product.policy else "",
        "changes": [_shown(change) for change in changes.of_line(row, line.product_id, line.retailer_id)],
        "form": form,
        "crumbs": crumbs_of(row, Crumb(title=_("Lines"), url=reverse("supply:lines", args=[row.number]))),
    }


def _shown(change: HandChange) -> dict[str, Any]:
    return {"change": change, "reason": change_reason(change.reason)}


@needs("supply.read", writing="supplychanges.propose")
@require_http_methods(["GET", "POST"])
def line_page(request: HttpRequest, number: int, product_id: int, retailer_id: int) -> HttpResponse:
    company = company_of(request)
    on = clock.today(company)
    row = rounds.round_of(company, number)
    scope = persons_in_scope(request.user, "supply.read", company, on=on)
    line = lines.line_of(row, retailer_id, product_id, persons=scope)
    form = None
    if _may_propose(request, row, line):
        form = ProposeForm(request.POST or None, reasons=changes.reasons(company, on=on))
    if request.method == "POST" and form is None:
        messages.error(request, _("This line cannot be changed by hand."))
    elif request.method == "POST" and form is not None and form.is_valid():
        try:
            made = actions.propose(
                round=row, product_id=product_id, retailer_id=retailer_id, by=user_of(request), at=clock.now(), on=on,
                **form.cleaned_data,
            )  # fmt: skip
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Proposed. A second person of another line decides."))
            return redirect("supply:change", made.pk)
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "supply/line.html", _line_context(request, row, line, form), status=status)


def _may_propose(request: HttpRequest, row: Round, line: lines.Line) -> bool:
    company = row.company
    if row.state not in (RoundState.COMMITTED, RoundState.PUBLISHED):
        return False
    if not access.may(request.user, "supplychanges.propose", company):
        return False
    scope = persons_in_scope(request.user, "supplychanges.propose", company, on=clock.today(company))
    return scope is EVERYBODY or line.person_id in scope


@needs("supplychanges.read")
def journal(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    filters = FilterSet(
        [
            Filter(key="state", title=_("State"), choices=[Choice(state.value, state.label) for state in ChangeState]),
        ],
        request.GET,
    )
    rows = changes.changes(company)
    if filters.text("state"):
        rows = rows.filter(state=filters.text("state"))
    table = Table(
        name="hand_changes",
        title=_("Changes by hand"),
        default_sort="-proposed_at",
        columns=[
            Column(
                key="retailer",
                title=_("Retailer"),
                value=lambda c: c.retailer.name,
                sort_by="retailer__name",
                href=lambda c: reverse("supply:change", args=[c.pk]),
            ),
            Column(key="product", title=_("Product"), value=lambda c: c.product.name, sort_by="product__name"),
            Column(key="round", title=_("Round"), value=lambda c: str(c.round), sort_by="round__number"),
            Column(key="rule_units", title=_("By the rule"), kind="number"),
            Column(key="before_units", title=_("Before"), kind="number", on_card=True),
            Column(key="after_units", title=_("New number"), kind="number", on_card=True),
            Column(key="reason", title=_("Reason"), value=lambda c: change_reason(c.reason)),
            Column(key="words", title=_("In words"), sortable=False),
            Column(key="proposed_by", title=_("Proposed by"), value=lambda c: str(c.proposed_by), sortable=False),
            Column(key="state", title=_("State"), kind="badge", value=lambda c: c.get_state_display()),
            Column(
                key="decided_by",
                title=_("Decided by"),
                value=lambda c: str(c.decided_by) if c.decided_by else _("nobody yet"),
                sortable=False,
            ),
            Column(key="proposed_at", title=_("Proposed on"), kind="instant"),
        ],
        source=QuerySetSource(rows, key="pk"),
        empty=Empty(
            title=_("Nothing was changed by hand"),
            text=_("A change needs a reason from the list, words, evidence and the agreement of a second person."),
        ),
    )
    return list_page(request, "supply/changes.html", table, filters=filters)


@needs("supplychanges.read")
def change_page(request: HttpRequest, change_id: str) -> HttpResponse:
    company = company_of(request)
    change = changes.change_of(company, change_id)
    user, on = user_of(request), clock.today(company)
    why_not = permissions.why_not_agree(user, change, on=on)
    is_open = change.state == ChangeState.PROPOSED
    may_decide = is_open and permissions.may_decide(user, change, on=on)
    context = {
        "change": change,
        "reason": change_reason(change.reason),
        "unit": unit_of(company),
        "form": DecideForm() if may_decide else None,
        "may_agree": not why_not,
        "why_not": why_not if is_open and access.may(request.user, "supplychanges.decide", company) else "",
        "crumbs": [
            Crumb(title=_("Allocation"), url=reverse("supply:rounds")),
            Crumb(title=_("Changes by hand"), url=reverse("supply:changes")),
        ],
    }
    return render(request, "supply/change.html", context)


def _decided(request: HttpRequest, change_id: str, action: Any, done: str) -> HttpResponse:
    company = company_of(request)
    change = changes.change_of(company, change_id)
    try:
        action(
            change=change,
            words=request.POST.get("words", "")[:1000],
            by=user_of(request),
            at=clock.now(),
            on=clock.today(company),
        )
    except (Denied, Refused) as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("supply:change", change_id)


@needs("supplychanges.decide")
@require_POST
def agree(request: HttpRequest, change_id: str) -> HttpResponse:
    return _decided(request, change_id, actions.agree, _("Agreed: the line has its new number."))


@needs("supplychanges.decide")
@require_POST
def refuse(request: HttpRequest, change_id: str) -> HttpResponse:
    return _decided(request, change_id, actions.refuse, _("Refused: the line stays as it was."))
