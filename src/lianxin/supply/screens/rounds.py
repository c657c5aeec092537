"""Rounds: opened, previewed, committed, published; their products and tiers."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.foundation import access, clock, parameters
from lianxin.foundation.context import company_of
from lianxin.foundation.gate import needs
from lianxin.people.queries import persons_in_scope
from lianxin.supply import checks, wording
from lianxin.supply.models import Round
from lianxin.supply.queries import rounds
from lianxin.supply.screens import presenters as shown
from lianxin.supply.screens.forms import ReopenForm, WhyForm
from lianxin.supply.states import RoundState, Rule, SumKind, Variant
from lianxin.ui.parts import Crumb, Empty, Figure
from lianxin.ui.responses import list_page
from lianxin.ui.sources import ListSource, QuerySetSource
from lianxin.ui.tables import Column, Table


def crumbs_of(round: Round | None = None, *more: Crumb) -> list[Crumb]:
    """The way to a page about a round."""
    found = [Crumb(title=_("Allocation"), url=reverse("supply:rounds"))]
    if round is not None:
        title = _("Round %(n)s") % {"n": round.number}
        found.append(Crumb(title=title, url=reverse("supply:round", args=[round.number])))
    return [*found, *more]


@needs("supply.read")
def round_list(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="supply_rounds",
        title=_("Rounds"),
        default_sort="-week",
        columns=[
            Column(
                key="number",
                title=_("Round"),
                value=lambda r: _("Round %(n)s") % {"n": r.number},
                href=lambda r: reverse("supply:round", args=[r.number]),
                note=lambda r: _("made-up requests") if r.invented_note else None,
            ),
            Column(key="week", title=_("Week of"), kind="day", on_card=True),
            Column(key="state", title=_("State"), kind="badge", on_card=True, value=lambda r: r.get_state_display()),
            Column(key="n_retailers", title=_("Retailers"), kind="number"),
            Column(key="n_lines", title=_("Lines"), kind="number"),
            Column(key="committed_at", title=_("Committed on"), kind="instant"),
            Column(key="published_at", title=_("Published on"), kind="instant", shown=False),
        ],
        source=QuerySetSource(rounds.rounds(company), key="pk"),
        empty=Empty(
            title=_("No round yet"),
            text=_("Import what retailers ask for and how much there is, then open a round under a published policy."),
            action_title=_("Policies of allocation"),
            action_url=reverse("supply:policies"),
        ),
    )
    context = {"may_prepare": access.may(request.user, "supply.prepare", company)}
    return list_page(request, "supply/rounds.html", table, context=context)


@needs("supply.read")
def round_page(request: HttpRequest, number: int) -> HttpResponseBase:
    company = company_of(request)
    row = rounds.round_of(company, number)
    products = rounds.products_of(row)
    rows = shown.product_rows(
        products, rounds.sums(row, SumKind.PRODUCT), rounds.sums(row, SumKind.PRODUCT, variant=Variant.COMPARED)
    )
    has_compared = any(each.compared for each in rows)
    table = Table(
        name="round_products",
        title=_("By product"),
        default_sort="code",
        columns=[
            Column(
                key="name",
                title=_("Product"),
                href=lambda r: reverse("supply:product", args=[number, r.id]),
                note=lambda r: r.code,
            ),
            Column(key="policy", title=_("Policy of allocation")),
            Column(key="goods_class", title=_("Class of goods"), shown=False),
            Column(
                key="supply",
                title=_("Supply"),
                kind="number",
                value=lambda r: known(r.supply, shown.why_no_supply(row)),
                sort_by="supply",
            ),
            Column(
                key="wanted",
                title=_("Asked for"),
                kind="number",
                value=lambda r: of_sums(r, r.wanted),
                sort_by="wanted",
            ),
            Column(
                key="shared",
                title=_("Shared out"),
                kind="number",
                on_card=True,
                value=lambda r: of_sums(r, r.shared),
                sort_by="shared",
            ),
            Column(key="remainder", title=_("Left over"), kind="number", value=lambda r: of_sums(r, r.remainder)),
            Column(
                key="full_share",
                title=_("Lines met in full"),
                help=_("In full: the wish, or the cap where that is less."),
                kind="share",
                on_card=True,
                value=lambda r: of_sums(r, r.full_share, kind="share"),
            ),
            Column(key="nothing", title=_("Lines with nothing"), kind="number", value=lambda r: of_sums(r, r.nothing)),
            *(
                [
                    Column(
                        key="compared_full_share",
                        title=_("Met in full under the compared policy"),
                        kind="share",
                        value=lambda r: known(r.compared_full_share, kind="share"),
                    ),
                    Column(
                        key="compared_nothing",
                        title=_("Nothing under the compared policy"),
                        kind="number",
                        value=lambda r: known(r.compared_nothing),
                    ),
                ]
                if has_compared
                else []
            ),
            Column(key="code", title=_("Code"), shown=False),
        ],
        source=ListSource(rows, key="id"),
        empty=Empty(title=_("No products"), text=_("The file named no product.")),
    )
    findings = checks.fairness(products, parameters.in_force(company, on=row.week))
    may_prepare = access.may(request.user, "supply.prepare", company)
    may_commit = access.may(request.user, "supply.commit", company)
    state = RoundState(row.state)
    context = {
        "round": row,
        "heading": shown.heading(row, rows, company),
        "figures": shown.round_figures(row, rows, company),
        "fairness": shown.fairness_facts(findings, row.summary),
        "sentences": shown.sentences(products),
        "events": rounds.events_of(row),
        "faults": [{**fault, "title": wording.fault(fault["reason"])} for fault in row.faults],
        "may_fit": access.may(request.user, "supply.fit", company),
        "is_counted": row.requests_version is not None,
        "seed": rounds.seed_told(row),
        "has_compared_draw": has_compared
        and any(each.compared_policy is not None and each.compared_policy.rule == Rule.LOTTERY for each in products),
        "has_draw": any(each.policy is not None and each.policy.rule == Rule.LOTTERY for each in products),
        "is_made_here": state != RoundState.IMPORTED,
        "has_lines": state in (RoundState.PREVIEWED, RoundState.COMMITTED, RoundState.PUBLISHED, RoundState.IMPORTED),
        "steps": _steps(
            state,
            may_prepare=may_prepare,
            may_commit=may_commit,
            opened_by_me=row.opened_by_id == request.user.pk,
            is_early=_is_early(row),
            is_told=row.published_at is not None,
        ),
        "why_form": WhyForm()
        if may_prepare and state in (RoundState.REQUESTS_IN, RoundState.PREVIEWED, RoundState.DRAFT)
        else None,
        "reopen_form": ReopenForm(auto_id="again_%s")
        if may_prepare and state == RoundState.REQUESTS_IN and not rounds.was_previewed(row)
        else None,
        "closed_at": rounds.closed_at(row),
        "early_form": WhyForm(auto_id="early_%s") if may_prepare and _is_early(row) else None,
        "crumbs": crumbs_of(),
    }
    return list_page(request, "supply/round.html", table, context=context)


def known(value: Any, otherwise: str = "", kind: str = "number") -> Any:
    """The value, or a figure that says that nobody told it."""
    return Figure(answer="not_enough_data", reason=otherwise or "not_recorded") if value is None else value


def of_sums(row: shown.ProductRow, value: Any, kind: str = "number") -> Any:
    """A sum of a product, or a figure that says that nothing was summed yet, or that nobody told it."""
    return known(value, "" if row.sums else _("not previewed yet"), kind)


def _is_early(row: Round) -> bool:
    """Whether requests still come in up to a time that was announced."""
    return row.state == RoundState.DRAFT and row.requests_close_at is not None and clock.now() < row.requests_close_at


def _steps(
    state: RoundState, *, may_prepare: bool, may_commit: bool, opened_by_me: bool, is_early: bool, is_told: bool
) -> list[dict[str, Any]]:
    """The buttons of whoever looks: what can be done now."""
    steps: list[dict[str, Any]] = []
    if may_prepare and state == RoundState.DRAFT and not is_early:
        steps.append({"url_name": "supply:close", "title": _("Close requests"), "is_main": True})
    if may_prepare and state in (RoundState.REQUESTS_IN, RoundState.PREVIEWED):
        steps.append({"url_name": "supply:preview", "title": _("Preview"), "is_main": state == RoundState.REQUESTS_IN})
    if may_commit and not opened_by_me and state == RoundState.PREVIEWED:
        steps.append({"url_name": "supply:commit", "title": _("Commit"), "is_main": True})
    if may_commit and (state == RoundState.COMMITTED or (state == RoundState.IMPORTED and not is_told)):
        steps.append({"url_name": "supply:publish", "title": _("Publish to retailers"), "is_main": True})
    return steps


@needs("supply.read")
def managers(request: HttpRequest, number: int) -> HttpResponseBase:
    company = company_of(request)
    row = rounds.round_of(company, number)
    scope = persons_in_scope(request.user, "supply.read", company, on=clock.today(company))
    table = Table(
        name="round_managers",
        title=_("By customer manager"),
        default_sort="employee_no",
        columns=[
            Column(
                key="name",
                title=_("Customer manager"),
                value=lambda r: r.person.name if r.person else _("Held by nobody"),
                note=lambda r: r.person.employee_no if r.person else None,
                sort_by="person.name",
                href=lambda r: reverse("supply:lines", args=[number]) + f"?manager={r.person_id}" if r.person_id else None,
            ),
            Column(key="n_lines", title=_("Lines"), kind="number"),
            Column(key="wanted_units", title=_("Asked for"), kind="number", value=lambda r: known(r.wanted_units)),
            Column(key="share_units", title=_("Shared out"), kind="number", on_card=True),
            Column(
                key="rule", title=_("By the rule"), kind="number", value=lambda r: known(r.rule_units), sort_by="rule_units"
            ),
            Column(
                key="more",
                title=_("More or less than the rule"),
                kind="number",
                on_card=True,
                value=lambda r: known(None if r.rule_units is None else r.share_units - r.rule_units),
                sortable=False,
            ),
            Column(key="n_full", title=_("Met in full"), kind="number"),
            Column(key="n_nothing", title=_("With nothing"), kind="number"),
            Column(key="employee_no", title=_("Number"), value=lambda r: r.person.employee_no if r.person else "", shown=False,
                   sort_by="person.employee_no"),
        ],
        source=ListSource(rounds.sums(row, SumKind.PERSON, persons=scope), key="pk"),
        empty=Empty(title=_("Nobody to show"), text=_("Nobody whom you may see holds retailers of this round.")),
    )  # fmt: skip
    return list_page(request, "supply/managers.html", table, context={"round": row, "crumbs": crumbs_of(row)})
