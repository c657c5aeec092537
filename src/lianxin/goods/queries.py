"""Reads about products. Master data of goods is open to everyone inside the company (`goods.read`)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import access, versions
from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company
from lianxin.foundation.versions import Change
from lianxin.goods.models import Product, ProductVersion
from lianxin.people.queries import Asker

# What a version tells, with its title, in the order of the file.
FIELDS: Final[Sequence[tuple[str, str | Promise]]] = (
    ("name", gettext_lazy("Name")),
    ("producer", gettext_lazy("Producer")),
    ("price_class", gettext_lazy("Price class")),
    ("order_unit", gettext_lazy("Order unit")),
    ("wholesale_price_fen", gettext_lazy("Wholesale price")),
    ("cost_price_fen", gettext_lazy("Cost price")),
    ("guide_retail_price_fen", gettext_lazy("Guide retail price")),
    ("listed_date", gettext_lazy("Listed")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a list of products is asked for; empty means all."""

    search: str = ""
    price_classes: tuple[str, ...] = ()
    producers: tuple[str, ...] = ()


def versions_in_force(user: Asker, company: Company, *, on: date) -> QuerySet[ProductVersion]:
    """The version in force on a day of each product.

    Raises
    ------
    Denied : the user may see no goods.
    """
    access.require(user, "goods.read", company)
    later = ProductVersion.objects.filter(
        product=OuterRef("product"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=on
    )
    return (
        ProductVersion.objects.filter(product__company=company, valid_from__lte=on)
        .filter(~Exists(later))
        .select_related("product")
    )


def listed(user: Asker, company: Company, asked: Listing, *, on: date) -> QuerySet[ProductVersion]:
    """The versions that a list of products shows."""
    rows = versions_in_force(user, company, on=on)
    if asked.search:
        rows = rows.filter(Q(product__product_code__startswith=asked.search) | Q(product__name__icontains=asked.search))
    if asked.price_classes:
        rows = rows.filter(price_class__in=asked.price_classes)
    if asked.producers:
        rows = rows.filter(producer__in=asked.producers)
    return rows


def attribute_values(company: Company, field: str) -> list[str]:
    """The values that a text field of products has had in a company, sorted."""
    rows = ProductVersion.objects.filter(product__company=company).exclude(**{field: ""})
    return sorted(rows.values_list(field, flat=True).distinct())


def product_file(user: Asker, company: Company, product_id: int) -> Product:
    """The product, if the user may see goods.

    Raises
    ------
    Missing : the company has no such product.
    """
    access.require(user, "goods.read", company)
    found = Product.objects.filter(company=company, pk=product_id).first()
    if found is None:
        raise Missing(_("There is no such product. Look for it in the list of products."))
    return found


def product_with_code(user: Asker, company: Company, product_code: str) -> Product:
    """The product with a code, if the user may see goods.

    Raises
    ------
    Missing : the company has no such product.
    """
    found = Product.objects.filter(company=company, product_code=product_code).values_list("pk", flat=True).first()
    return product_file(user, company, found or 0)


def version_in_force(product: Product, *, on: date) -> ProductVersion:
    """What was true of a product on a day; before its first version, the first one. A product has at least one."""
    return versions.in_force(list(product.versions.order_by("valid_from")), on=on)


@dataclass(frozen=True)
class GuidePrices:
    """Guide retail prices by product, each from a day until the next begins."""

    rows: Mapping[int, Sequence[tuple[date, int | None]]]

    def on(self, product_id: int, day: date) -> int | None:
        """The guide price of a product on a day, in fen an order unit; None where none was set by then."""
        known = [price for first, price in self.rows.get(product_id, ()) if first <= day]
        return known[-1] if known else None


def guide_prices(product_ids: Collection[int]) -> GuidePrices:
    """The guide retail prices of some products."""
    found: dict[int, list[tuple[date, int | None]]] = {}
    wanted = sorted(set(product_ids))
    for start in range(0, len(wanted), 500):
        rows = ProductVersion.objects.filter(product_id__in=wanted[start : start + 500]).order_by("valid_from")
        for product_id, first, price in rows.values_list("product_id", "valid_from", "guide_retail_price_fen"):
            found.setdefault(product_id, []).append((first, price))
    return GuidePrices(found)


def shown(version: ProductVersion, name: str) -> str:
    """A field of a version in words; empty where it is not recorded. Money in currency units."""
    value = getattr(version, name)
    if value in (None, ""):
        return ""
    return f"{Decimal(value) / 100:,.2f}" if name.endswith("_fen") else str(value)


def history(product: Product) -> list[Change]:
    """Every version of a product, newest first, each with what changed against the one before."""
    return versions.changes(list(product.versions.order_by("valid_from")), FIELDS, shown)
