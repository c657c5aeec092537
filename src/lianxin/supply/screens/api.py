"""Allocation by API: the same queries and actions as the pages."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from lianxin.core.errors import CoreError
from lianxin.foundation import clock, parameters
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.errors import Refused, not_one_of
from lianxin.foundation.gate import needs
from lianxin.goods.queries import product_with_code
from lianxin.people.queries import persons_in_scope
from lianxin.retailers.queries import retailer_with_licence
from lianxin.supply import checks, facts
from lianxin.supply.actions import choosing
from lianxin.supply.actions import rounds as actions
from lianxin.supply.bodies import Choice
from lianxin.supply.models import Round, RoundQuota, RoundSum
from lianxin.supply.queries import lines, policies, rounds
from lianxin.supply.screens import changes_api, policies_api, suppliers_api
from lianxin.supply.states import GoodsClass, SumKind, Variant

router = Router(tags=["supply"])
router.add_router("", policies_api.router)
router.add_router("", changes_api.router)
router.add_router("", suppliers_api.router)
MOST_LINES = 1000


class RoundOut(Schema):
    number: int
    week: date
    state: str
    seed_hash: str
    requests_close_at: datetime | None
    seed: str
    digest: str
    n_lines: int
    n_retailers: int
    invented_note: str
    faults: list[dict[str, Any]]

    @staticmethod
    def resolve_seed(row: Round) -> str:
        return rounds.seed_told(row)


class ChoiceIn(Schema):
    product_code: str
    policy: int
    goods_class: str = "tight"
    compared_policy: int | None = None


class RoundIn(Schema):
    week: date
    products: list[ChoiceIn]
    requests_close_at: AwareDatetime | None = None
    invented_note: str = ""


class WhyIn(Schema):
    """`words`: why; `is_public`: whether they may stand on the public page, where everybody reads them."""

    words: str
    is_public: bool = False


class ReopenIn(WhyIn):
    """`requests_close_at`: until when requests come in now."""

    requests_close_at: AwareDatetime | None = None


class CloseIn(Schema):
    """`words`: why, where requests close before the time that was announced."""

    words: str = ""


class SumOut(Schema):
    product_code: str | None
    tier: int | None
    employee_no: str | None
    n_lines: int
    n_full: int
    n_nothing: int
    wanted_units: int | None
    takeable_units: int | None
    share_units: int
    rule_units: int | None
    quota_units: int | None
    level: float | None

    @staticmethod
    def resolve_product_code(row: RoundSum) -> str | None:
        return row.product.product_code if row.product else None

    @staticmethod
    def resolve_employee_no(row: RoundSum) -> str | None:
        return row.person.employee_no if row.person else None


class LineOut(Schema):
    product: str
    retailer: str
    licence_no: str
    tier: int | None
    wanted_units: int | None
    cap_units: int | None
    rule_units: int | None
    share_units: int
    fill_level: float | None
    reason: str
    is_changed: bool
    key: str


class LinesAsked(Schema):
    product_code: str = ""
    licence_no: str = ""
    tier: int | None = None
    after: str = ""
    limit: int = 200


def _class(text: str) -> GoodsClass:
    if text not in GoodsClass.values:
        raise not_one_of("goods_class", GoodsClass.values)
    return GoodsClass(text)


def _round(request: HttpRequest, number: int) -> Round:
    return rounds.round_of(company_of(request), number)


@router.get("/supply/rounds", response=list[RoundOut])
@needs("supply.read")
def list_supply_rounds(request: HttpRequest) -> Any:
    return list(rounds.rounds(company_of(request)).order_by("-number"))


@router.post("/supply/rounds", response={201: RoundOut})
@needs("supply.prepare")
def open_round(request: HttpRequest, given: RoundIn) -> Any:
    company, user = company_of(request), user_of(request)
    choices = [
        Choice(
            product=product_with_code(user, company, each.product_code),
            policy=policies.policy_of(company, each.policy),
            goods_class=_class(each.goods_class),
            compared_policy=policies.policy_of(company, each.compared_policy) if each.compared_policy else None,
        )
        for each in given.products
    ]
    made = actions.open_round(
        company=company, week=given.week, choices=choices, by=user, at=clock.now(), invented_note=given.invented_note,
        requests_close_at=given.requests_close_at,
    )  # fmt: skip
    return Status(201, made)


@router.get("/supply/rounds/{number}", response=RoundOut)
@needs("supply.read")
def one_round(request: HttpRequest, number: int) -> Any:
    return _round(request, number)


@router.post("/supply/rounds/{number}/products", response=RoundOut)
@needs("supply.prepare")
def choose(request: HttpRequest, number: int, given: ChoiceIn) -> Any:
    company, user = company_of(request), user_of(request)
    return choosing.choose(
        round=_round(request, number),
        product_id=product_with_code(user, company, given.product_code).pk,
        policy=policies.policy_of(company, given.policy),
        goods_class=_class(given.goods_class),
        compared_policy=policies.policy_of(company, given.compared_policy) if given.compared_policy else None,
        by=user,
        at=clock.now(),
    )


@router.post("/supply/rounds/{number}/close", response=RoundOut)
@needs("supply.prepare")
def close(request: HttpRequest, number: int, given: CloseIn | None = None) -> Any:
    words = given.words if given else ""
    return actions.close_requests(round=_round(request, number), by=user_of(request), at=clock.now(), words=words)


@router.post("/supply/rounds/{number}/reopen", response=RoundOut)
@needs("supply.prepare")
def reopen(request: HttpRequest, number: int, given: ReopenIn) -> Any:
    return actions.reopen(
        round=_round(request, number), words=given.words, requests_close_at=given.requests_close_at,
        by=user_of(request), at=clock.now(), is_public=given.is_public,
    )  # fmt: skip


@router.post("/supply/rounds/{number}/preview", response=RoundOut)
@needs("supply.prepare")
def preview(request: HttpRequest, number: int) -> Any:
    return actions.preview(round=_round(request, number), by=user_of(request), at=clock.now())


@router.post("/supply/rounds/{number}/commit", response=RoundOut)
@needs("supply.commit")
def commit(request: HttpRequest, number: int) -> Any:
    on = clock.today(company_of(request))
    return actions.commit(round=_round(request, number), by=user_of(request), at=clock.now(), on=on)


@router.post("/supply/rounds/{number}/publish", response=RoundOut)
@needs("supply.commit")
def publish(request: HttpRequest, number: int) -> Any:
    return actions.publish(round=_round(request, number), by=user_of(request), at=clock.now())


@router.post("/supply/rounds/{number}/withdraw", response=RoundOut)
@needs("supply.prepare")
def withdraw(request: HttpRequest, number: int, given: WhyIn) -> Any:
    return actions.withdraw(
        round=_round(request, number), words=given.words, is_public=given.is_public, by=user_of(request), at=clock.now()
    )


@router.get("/supply/rounds/{number}/sums/{kind}", response=list[SumOut])
@needs("supply.read")
def sums(request: HttpRequest, number: int, kind: str, variant: str = "chosen") -> Any:
    if kind not in SumKind.values or variant not in Variant.values:
        known = {"kinds": ", ".join(SumKind.values), "variants": ", ".join(Variant.values)}
        raise Refused(_("kind is one of %(kinds)s; variant is one of %(variants)s.") % known, field="kind")
    company = company_of(request)
    scope = None
    if kind == SumKind.PERSON:
        scope = persons_in_scope(request.user, "supply.read", company, on=clock.today(company))
    return rounds.sums(_round(request, number), SumKind(kind), variant=Variant(variant), persons=scope)


class QuotaOut(Schema):
    product_code: str
    quota_group: str
    tier: int
    quota_units: int
    n_requests: int
    taken_units: int

    @staticmethod
    def resolve_product_code(row: RoundQuota) -> str:
        return row.product.product_code


@router.get("/supply/rounds/{number}/quotas", response=list[QuotaOut])
@needs("supply.read")
def group_quotas(request: HttpRequest, number: int) -> Any:
    """Quotas of the groups of each tier, where a policy divides them further by attributes of retailers."""
    return rounds.group_quotas(_round(request, number))


class FitOut(Schema):
    level: str
    product_code: str | None
    tier: int | None
    n_rows: int
    n_wanted: int
    wanted_units: int | None
    share_units: int
    unmet_units: int | None
    unmet_share: float | None
    n_known: int
    taken_units: int | None
    declined_units: int | None
    returned_units: int | None
    n_counted: int
    n_sold_out: int
    sold_out_share: float | None
    sold_out_low: float | None
    sold_out_high: float | None
    left_units: int | None


@router.get("/supply/rounds/{number}/fit", response=list[FitOut])
@needs("supply.fit")
def fit(request: HttpRequest, number: int) -> Any:
    company = company_of(request)
    found = _round(request, number)
    told = facts.fit_of(found, parameters.in_force(company, on=clock.today(company))).groups.to_pylist()
    codes = {str(row.product_id): row.product.product_code for row in rounds.products_of(found)}
    return [{**row, "product_code": codes.get(row["product_id"])} for row in told]


class GamingOut(Schema):
    licence_no: str
    tier: int | None
    wanted_units: int
    told_units: int
    share_units: int
    told_share_units: int
    gain_units: int
    useful_units: int


class GamingAsked(Schema):
    product_code: str
    policy: int | None = None
    factor: int = Field(2, ge=1, le=100)
    more: int = Field(0, ge=0, le=10_000)
    shops: int = Field(20, ge=1, le=200)


@router.get("/supply/rounds/{number}/gaming", response=list[GamingOut])
@needs("supply.fit")
def what_asking_for_more_pays(request: HttpRequest, number: int, asked: Query[GamingAsked]) -> Any:
    """What shops that ask for a product would get by asking for `factor` times as much and `more` on top, one at a time."""
    company, user = company_of(request), user_of(request)
    found = _round(request, number)
    row = rounds.product_of(found, product_with_code(user, company, asked.product_code).pk)
    policy = policies.policy_of(company, asked.policy) if asked.policy else row.policy
    if policy is None or row.supply_units is None or found.requests_version is None:
        raise Refused(_("It needs a policy and the requests of a round that are closed."), field="policy")
    try:
        told = facts.what_if(found, row, policy, factor=asked.factor, more=asked.more, most_shops=asked.shops)
    except CoreError as wrong:
        raise checks.cannot_compute(wrong) from wrong
    return [{**each, "licence_no": each["retailer_id"]} for each in told.rows.to_pylist()]


@router.get("/supply/rounds/{number}/lines", response=list[LineOut])
@needs("supply.read")
def round_lines(request: HttpRequest, number: int, asked: Query[LinesAsked]) -> Any:
    company, user = company_of(request), user_of(request)
    on = clock.today(company)
    product, licence = asked.product_code, asked.licence_no
    wanted = lines.Asked(
        persons=persons_in_scope(user, "supply.read", company, on=on),
        product_id=product_with_code(user, company, product).pk if product else None,
        retailer_id=retailer_with_licence(user, company, licence, on=on).pk if licence else None,
        tier=asked.tier,
    )
    limit = max(1, min(asked.limit, MOST_LINES))
    after = (None, asked.after) if lines.is_key(asked.after) else None
    return lines.lines(_round(request, number), wanted, limit=limit, after=after)
