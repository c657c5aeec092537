"""Reads about rounds, their products and sums."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.foundation.states import BatchState
from lianxin.goods.models import Product
from lianxin.people.queries import EVERYBODY
from lianxin.supply.models import Round, RoundEvent, RoundProduct, RoundQuota, RoundSum, SupplyAmount
from lianxin.supply.states import STANDING, RoundState, SumKind, Variant


def rounds(company: Company) -> QuerySet[Round]:
    """Every round but those of files that were undone."""
    known = Q(batch=None) | Q(batch__state=BatchState.COMMITTED)
    return Round.objects.filter(known, company=company).select_related("company", "batch")


def round_of(company: Company, number: int) -> Round:
    """One round.

    Raises
    ------
    Missing : the company has none of this number.
    """
    found = rounds(company).filter(number=number).first()
    if found is None:
        raise Missing(_("There is no such round."))
    return found


def standing(company: Company) -> QuerySet[Round]:
    """Rounds whose shares stand: committed here, or imported."""
    return rounds(company).filter(state__in=STANDING)


def published(company: Company) -> QuerySet[Round]:
    """Rounds that retailers may read, newest first."""
    return rounds(company).filter(state=RoundState.PUBLISHED).order_by("-week", "-number")


def products_of(round: Round) -> list[RoundProduct]:
    """The products of a round by code, with their policies at hand."""
    rows = RoundProduct.objects.filter(round=round)
    return list(rows.select_related("product", "policy", "compared_policy").order_by("product__product_code"))


def product_of(round: Round, product_id: int) -> RoundProduct:
    """A product of a round.

    Raises
    ------
    Missing : it is not among the round's products.
    """
    found = RoundProduct.objects.filter(round=round, product_id=product_id)
    row = found.select_related("product", "policy", "compared_policy").first()
    if row is None:
        raise Missing(_("This product is not in the round."))
    return row


@dataclass(frozen=True, slots=True)
class Reopening:
    """Requests opened again: when, why, when they were to close before, and until when they come in now; None: not announced.

    is_public : whether the words may stand on the public page
    """

    at: datetime
    words: str
    is_public: bool
    before: datetime | None
    now: datetime | None


def reopenings(round: Round) -> list[Reopening]:
    """Each time the requests of a round were opened again, oldest first."""
    steps = RoundEvent.objects.filter(round=round, state=RoundState.DRAFT).order_by("at", "pk")
    return [
        Reopening(later.at, later.words, later.is_public, first.requests_close_at, later.requests_close_at)
        for first, later in pairwise(steps)
    ]


def was_previewed(round: Round) -> bool:
    """Whether anybody has seen what a round would give."""
    return RoundEvent.objects.filter(round=round, state=RoundState.PREVIEWED).exists()


def withdrawal(round: Round) -> RoundEvent | None:
    """The step that withdrew a round, None where it was not withdrawn."""
    return RoundEvent.objects.filter(round=round, state=RoundState.WITHDRAWN).first()


def was_draw_seen(round: Round) -> bool:
    """Whether a draw of the round was previewed, so that somebody knows its outcome."""
    return RoundProduct.objects.filter(round=round, draw_seen_at__isnull=False).exists()


def withdrawn_before(round: Round) -> list[Round]:
    """Earlier rounds of the same week that shared out one of the same products and were withdrawn, oldest first."""
    ids = RoundProduct.objects.filter(round=round).values("product_id")
    rows = Round.objects.filter(
        company=round.company, week=round.week, state=RoundState.WITHDRAWN, number__lt=round.number
    )
    return list(rows.filter(products__product_id__in=ids).distinct().order_by("number"))


def seed_told(round: Round) -> str:
    """The seed of a round once a preview was drawn with it; before that, and where nothing is drawn, ""."""
    return round.seed if round.seed_told_at is not None else ""


def events_of(round: Round) -> list[RoundEvent]:
    """The steps of a round's life, oldest first."""
    return list(RoundEvent.objects.filter(round=round).select_related("by").order_by("at", "pk"))


def sums(
    round: Round,
    kind: SumKind,
    *,
    variant: Variant = Variant.CHOSEN,
    product_id: int | None = None,
    persons: Collection[int] | None = EVERYBODY,
) -> list[RoundSum]:
    """The sums of a round of one kind.

    Parameters
    ----------
    product_id : of one product only
    persons : whose sums by customer manager may be seen
    """
    rows = RoundSum.objects.filter(round=round, kind=kind, variant=variant).select_related("product", "person")
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    if persons is not EVERYBODY:
        rows = rows.filter(person_id__in=persons)
    return list(rows.order_by("product__product_code", "-tier", "person__employee_no"))


def group_quotas(round: Round, product_id: int | None = None) -> list[RoundQuota]:
    """Quotas of the groups of each tier, where a policy divides them further by attributes; the highest tier first."""
    rows = RoundQuota.objects.filter(round=round).select_related("product")
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    return list(rows.order_by("product__product_code", "-tier", "quota_group"))


def quota_of_group(round: Round, product_id: int, tier: int, quota_group: str) -> int | None:
    """The quota of a group of a tier, None where the product has none."""
    found = RoundQuota.objects.filter(round=round, product_id=product_id, tier=tier, quota_group=quota_group)
    return found.values_list("quota_units", flat=True).first()


def supply_amounts(company: Company, week: date) -> dict[int, int]:
    """Product -> units there are to share in a week."""
    return dict(SupplyAmount.objects.filter(company=company, week=week).values_list("product_id", "units"))


def products_to_share(company: Company, week: date) -> list[Product]:
    """Products of which there is a supply in a week that no round made here shares out yet, by code."""
    taken = RoundProduct.objects.filter(round__company=company, round__week=week, round__batch=None).exclude(
        round__state=RoundState.WITHDRAWN
    )
    rows = Product.objects.filter(supply_amounts__company=company, supply_amounts__week=week)
    return list(rows.exclude(pk__in=taken.values("product_id")).order_by("product_code"))


def weeks_to_share(company: Company) -> list[date]:
    """Weeks with a supply that no round made here shares out yet, newest first."""
    supplied = SupplyAmount.objects.filter(company=company)
    taken = RoundProduct.objects.filter(
        round__company=company, round__batch=None, round__week=OuterRef("week"), product=OuterRef("product")
    ).exclude(round__state=RoundState.WITHDRAWN)
    rows = supplied.filter(~Exists(taken)).values_list("week", flat=True)
    return list(rows.distinct().order_by("-week"))


def closed_products(company: Company) -> dict[tuple[date, int], int]:
    """(week, product) -> number of the round made here whose requests are closed; nothing more may come in for it."""
    rows = RoundProduct.objects.filter(round__company=company, round__batch=None).exclude(
        round__state__in=[RoundState.DRAFT, RoundState.WITHDRAWN]
    )
    found = rows.values_list("round__week", "product_id", "round__number")
    return {(week, product): number for week, product, number in found}


def late_products(company: Company, at: datetime) -> dict[tuple[date, int], tuple[int, datetime]]:
    """(week, product) -> number of the round made here for which the announced time is over, and that time."""
    rows = RoundProduct.objects.filter(
        round__company=company, round__batch=None, round__state=RoundState.DRAFT, round__requests_close_at__lte=at
    )
    found = rows.values_list("round__week", "product_id", "round__number", "round__requests_close_at")
    return {(week, product): (number, over) for week, product, number, over in found if over is not None}


def closed_at(round: Round) -> datetime | None:
    """When the requests of a round were closed; None while they come in."""
    found: datetime | None = None
    steps = RoundEvent.objects.filter(round=round, state__in=[RoundState.DRAFT, RoundState.REQUESTS_IN])
    for state, at in steps.order_by("at", "pk").values_list("state", "at"):
        # Another policy brings a previewed round back to here; its requests were closed before.
        found = None if state == RoundState.DRAFT else found or at
    return found


def imported_weeks(company: Company) -> dict[date, int]:
    """Week -> number of the round that a file of allocations brought, for batches that count."""
    return dict(rounds(company).filter(state=RoundState.IMPORTED).values_list("week", "number"))
