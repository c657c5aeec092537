"""What a new round may be about: products, and the month after the last one with orders."""

from datetime import date

from django.utils.translation import gettext as _

from lianxin.core.tables import ORDER_LINES
from lianxin.demand.models import Round
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company
from lianxin.goods.models import Product


def products_offered(company: Company) -> list[tuple[int, str]]:
    """Every product as a form offers it: (id, name and code), by code."""
    rows = Product.objects.filter(company=company).order_by("product_code").values_list("pk", "name", "product_code")
    return [(pk, f"{name} ({code})") for pk, name, code in rows]


def products_last_chosen(company: Company) -> list[int]:
    """The products of the newest round, of the one opened last where two begin on a day."""
    newest = Round.objects.filter(company=company).order_by("-first_period", "-pk").first()
    return list(newest.product_ids) if newest else []


def last_month_known(company: Company) -> date | None:
    """The last month that has orders, or that a round forecasts, whichever is later."""
    months = the_lake().months(ORDER_LINES.name, company.pk)
    newest = Round.objects.filter(company=company, period="month").order_by("-first_period").first()
    found = [*months[-1:], *([newest.start_of(newest.horizon)] if newest else [])]
    return max(found) if found else None


def products_with_codes(company: Company, codes: list[str]) -> list[int]:
    """Ids of the products with these codes.

    Raises
    ------
    Refused : the company has no product with one of them.
    """
    found = dict(Product.objects.filter(company=company, product_code__in=codes).values_list("product_code", "pk"))
    for code in codes:
        if code not in found:
            raise Refused(_("The company has no product %(code)s.") % {"code": code}, field="products")
    return [found[code] for code in codes]
