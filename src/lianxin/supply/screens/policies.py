"""Policies: drafted by one person, published by another, read by everybody."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lianxin.core.allocating import GoodsClass as AllocatedClass
from lianxin.core.allocating import methods_of
from lianxin.core.allocating.policies import BETWEEN_ATTRIBUTES
from lianxin.foundation import access, clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.gate import needs
from lianxin.supply.actions import policies as actions
from lianxin.supply.models import SupplyPolicy
from lianxin.supply.queries import policies as queries
from lianxin.supply.screens.forms import DayForm, PolicyForm
from lianxin.supply.states import GoodsClass, Method, PolicyState, Rule
from lianxin.supply.wording import attribute_words, attributes_of, in_words
from lianxin.ui import formats
from lianxin.ui.parts import Crumb, Empty
from lianxin.ui.responses import list_page
from lianxin.ui.sources import QuerySetSource
from lianxin.ui.tables import Column, Table


def _crumbs() -> list[Crumb]:
    return [
        Crumb(title=_("Allocation"), url=reverse("supply:rounds")),
        Crumb(title=_("Policies of allocation"), url=reverse("supply:policies")),
    ]


@needs("supplypolicies.read")
def policy_list(request: HttpRequest) -> HttpResponseBase:
    company = company_of(request)
    table = Table(
        name="supply_policies",
        title=_("Policies of allocation"),
        default_sort="code",
        columns=[
            Column(
                key="title",
                title=_("Policy of allocation"),
                value=str,
                href=lambda r: reverse("supply:policy", args=[r.pk]),
            ),
            Column(key="sentence", title=_("In one sentence"), value=queries.sentence_of, sortable=False),
            Column(key="rule", title=_("Rule"), value=lambda r: r.get_rule_display()),
            Column(key="method", title=_("Method of release"), value=lambda r: r.get_method_display()),
            Column(key="state", title=_("State"), kind="badge", on_card=True, value=lambda r: r.get_state_display()),
            Column(
                key="valid_from",
                title=_("In force from"),
                on_card=True,
                value=lambda r: formats.day(r.valid_from) if r.valid_from else _("not published"),
            ),
            Column(
                key="valid_until",
                title=_("until before"),
                value=lambda r: formats.day(r.valid_until) if r.valid_until else _("undecided"),
            ),
            Column(key="code", title=_("Code"), shown=False),
        ],
        source=QuerySetSource(queries.policies(company), key="pk"),
        empty=Empty(
            title=_("No policy yet"),
            text=_(
                "A policy says by which rule scarce goods are shared. One person drafts it, another one publishes it."
            ),
        ),
    )
    context = {
        "may_write": access.may(request.user, "supplypolicies.write", company),
        "matrix": _matrix(company),
        "crumbs": [Crumb(title=_("Allocation"), url=reverse("supply:rounds"))],
    }
    return list_page(request, "supply/policies.html", table, context=context)


def _matrix(company: Any) -> list[tuple[str, str]]:
    """Class of goods -> the methods it permits today, in words."""
    numbers = parameters.in_force(company, on=clock.today(company))
    return [
        (str(kind.label), "、".join(str(Method(code).label) for code in methods_of(AllocatedClass(kind), numbers)))
        for kind in GoodsClass
    ]


@needs("supplypolicies.read")
def policy_page(request: HttpRequest, pk: int) -> HttpResponse:
    company = company_of(request)
    row = queries.policy_of(company, pk)
    may_publish = access.may(request.user, "supplypolicies.publish", company)
    is_draft = row.state == PolicyState.DRAFT
    context = {
        "row": row,
        "sentence": queries.sentence_of(row),
        "weights": sorted(row.definition.get("weights", {}).items(), key=lambda item: -int(item[0])),
        "attributes": [attribute_words(name) for name in attributes_of(row)],
        "split": [(in_words(row, group), part) for group, part in _split(row)],
        "lot_units": row.definition.get("lot_units", 1) if row.rule == Rule.LOTTERY else None,
        "only_selected": row.definition.get("only_selected", False),
        "rewards_inflation": row.rule == Rule.PROPORTIONAL,
        "versions": list(queries.versions_of(row)),
        "publish_form": DayForm() if is_draft and may_publish and row.drafted_by_id != request.user.pk else None,
        "retire_form": DayForm() if not is_draft and may_publish and row.valid_until is None else None,
        "may_write": access.may(request.user, "supplypolicies.write", company),
        "crumbs": _crumbs(),
    }
    return render(request, "supply/policy.html", context)


def _split(row: SupplyPolicy) -> list[tuple[str, float]]:
    """The parts of the supply, the largest first: PostgreSQL keeps no order of what was written."""
    return sorted(row.definition.get("split", {}).items(), key=lambda item: (-item[1], item[0]))


def _initial(source: SupplyPolicy | None) -> dict[str, Any]:
    if source is None:
        return {}
    weights = sorted(source.definition.get("weights", {}).items(), key=lambda item: -int(item[0]))
    return {
        "code": source.code,
        "title": source.title,
        "rule": source.rule,
        "weights": ", ".join(f"{tier} = {weight:g}" for tier, weight in weights),
        "attributes": source.definition.get("attributes", []),
        "split": "\n".join(
            f"{in_words(source, group, BETWEEN_ATTRIBUTES)} = {part:g}" for group, part in _split(source)
        ),
        "lot_units": source.definition.get("lot_units", 1),
        "only_selected": source.definition.get("only_selected", False),
        "sentence_zh": source.sentence_zh,
        "sentence_en": source.sentence_en,
        "note": source.note,
    }


@needs("supplypolicies.write")
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    company = company_of(request)
    given = request.GET.get("from", "")
    source = queries.policy_of(company, int(given)) if given.isdecimal() else None
    form = PolicyForm(request.POST or None, initial=_initial(source))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.draft(
                company=company,
                definition=form.definition,
                by=user_of(request),
                at=clock.now(),
                **{name: form.cleaned_data[name] for name in ("code", "title", "sentence_zh", "sentence_en", "note")},
            )
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("Drafted. Somebody else publishes it."))
            return redirect("supply:policy", made.pk)
    context = {"form": form, "crumbs": _crumbs()}
    return render(request, "supply/draft_policy.html", context, status=422 if form.errors else 200)


def _dated(request: HttpRequest, pk: int, action: Any, field: str, done: str) -> HttpResponse:
    row = queries.policy_of(company_of(request), pk)
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the Monday from which it holds."))
        return redirect("supply:policy", pk)
    try:
        action(policy=row, by=user_of(request), at=clock.now(), **{field: form.cleaned_data["day"]})
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("supply:policy", pk)


@needs("supplypolicies.publish")
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    return _dated(request, pk, actions.publish, "valid_from", _("Published: everybody can read it."))


@needs("supplypolicies.publish")
@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    return _dated(request, pk, actions.retire, "valid_until", _("Its last week is set."))
