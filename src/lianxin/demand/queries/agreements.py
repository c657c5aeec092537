"""Demand agreements of retailers: voluntary, revisable, every version kept; the one that stood when its month began counts."""

from datetime import date, datetime, time

from django.db.models import BooleanField, Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from lianxin.demand.models import Agreement
from lianxin.foundation.access import RetailerCaller
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.goods.models import Product
from lianxin.people.queries import EVERYBODY, persons_in_scope
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on

READ = "forecasts.read"


def latest_month(company: Company) -> date | None:
    """The latest month for which anything was agreed."""
    return Agreement.objects.filter(company=company).order_by("-month").values_list("month", flat=True).first()


def begins(company: Company, month: date) -> datetime:
    """The instant at which a month begins where the company is: what was agreed before it counts."""
    return datetime.combine(month, time(), company.zone)


def standing(retailer: Retailer, product: Product, month: date) -> Agreement | None:
    """The newest version of what a retailer agreed for a product and month; None where nothing was, or it was taken back."""
    rows = Agreement.objects.filter(retailer=retailer, product=product, month=month).order_by("-agreed_at", "-pk")
    newest = rows.first()
    return None if newest is None or newest.is_withdrawn else newest


def of_retailer(caller: RetailerCaller, first: date) -> list[Agreement]:
    """Every version of a retailer's own agreements from a month on, by month and product, the newest first."""
    rows = Agreement.objects.filter(company=caller.company, retailer_id=caller.retailer_id, month__gte=first)
    return list(rows.select_related("product").order_by("month", "product__name", "-agreed_at", "-pk"))


def products_to_agree(company: Company) -> list[tuple[int, str]]:
    """The products that a retailer may agree on: (id, name), by name."""
    rows = Product.objects.filter(company=company).order_by("name", "product_code")
    return list(rows.values_list("pk", "name"))


def product_to_agree(company: Company, pk: int) -> Product:
    """A product by its number.

    Raises
    ------
    Missing : the company has none.
    """
    found = Product.objects.filter(company=company, pk=pk).first()
    if found is None:
        raise Missing(_("The company has no such product."))
    return found


def n_counting(rows: QuerySet[Agreement]) -> int:
    """How many of the rows that `agreements_visible` gave count."""
    return sum(bool(row.counts) for row in rows)  # type: ignore[attr-defined]  # annotated there


def agreements_visible(user: User, company: Company, month: date, *, on: date) -> QuerySet[Agreement]:
    """Every version of a month's agreements with the retailers of persons in scope; `counts` says which one stands.

    Raises
    ------
    Denied : a post that reads none.
    """
    persons = persons_in_scope(user, READ, company, on=on)
    rows = Agreement.objects.filter(company=company, month=month).select_related("retailer", "product", "entered_by")
    if persons is not EVERYBODY:
        rows = rows.filter(
            retailer_id__in=Territory.objects.filter(held_on(on), person_id__in=persons).values("retailer_id")
        )
    return _with_standing(rows, begins(company, month))


def with_standing(row: Agreement) -> Agreement:
    """A version with `counts`, as `agreements_visible` gives it."""
    rows = Agreement.objects.filter(pk=row.pk).select_related("retailer", "product")
    return _with_standing(rows, begins(row.company, row.month)).get()


def _with_standing(rows: QuerySet[Agreement], until: datetime) -> QuerySet[Agreement]:
    newest = Agreement.objects.filter(
        company_id=OuterRef("company_id"),
        month=OuterRef("month"),
        retailer_id=OuterRef("retailer_id"),
        product_id=OuterRef("product_id"),
        agreed_at__lt=until,
    ).order_by("-agreed_at", "-pk")
    counting = When(newest=F("pk"), is_withdrawn=False, then=Value(True))
    return rows.annotate(newest=Subquery(newest.values("pk")[:1])).annotate(
        counts=Case(counting, default=Value(False), output_field=BooleanField())
    )
