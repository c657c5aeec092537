"""Files of products and their prices."""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext_lazy

from lianxin.foundation.imports import cells, kinds
from lianxin.foundation.imports.kinds import Column, Intake
from lianxin.foundation.imports.lines import Entry, Line
from lianxin.foundation.imports.rows import Book
from lianxin.foundation.imports.versions import Desk, VersionKind
from lianxin.goods.models import Product, ProductVersion

# Column of the file -> field of a version.
FIELDS: Final = {
    "name": "name",
    "producer": "producer",
    "price_class": "price_class",
    "order_unit": "order_unit",
    "wholesale_price": "wholesale_price_fen",
    "cost_price": "cost_price_fen",
    "guide_retail_price": "guide_retail_price_fen",
    "listed_date": "listed_date",
}
TEXTS: Final = {"name", "producer", "price_class", "order_unit"}


class GoodsDesk(Desk[Product, ProductVersion]):
    """All products of the company: a wholesaler has some hundreds, a monopoly of spirits some thousands."""

    def __init__(self, intake: Intake) -> None:
        super().__init__(intake)
        self.products = {p.product_code: p for p in Product.objects.filter(company=intake.company)}
        by_id = {product.pk: product for product in self.products.values()}
        for version in ProductVersion.objects.filter(product__company=intake.company).iterator(chunk_size=5000):
            version.product = by_id[version.product_id]
            self.history(version.product).put(version.valid_from, version)


class Goods(VersionKind[Product, ProductVersion]):
    """Products with their dated prices and classes. A later `from_date` adds a version and keeps the old one."""

    name = "goods"
    title = gettext_lazy("Products")
    columns = (
        Column("product_code", cells.key(40), required=True),
        Column("name", cells.text(160), required=True),
        Column("producer", cells.text(120)),
        Column("price_class", cells.text(40)),
        Column("order_unit", cells.text(20)),
        Column("wholesale_price", cells.positive_fen),
        Column("cost_price", cells.positive_fen),
        Column("guide_retail_price", cells.positive_fen),
        Column("listed_date", cells.day),
        Column("from_date", cells.day, required=True),
    )
    content = tuple(FIELDS)

    def desk(self, intake: Intake, lines: list[Line]) -> GoodsDesk:
        return GoodsDesk(intake)

    def subject(self, desk: GoodsDesk, entry: Entry, book: Book) -> Product:
        code = entry["product_code"]
        product = desk.products.get(code)
        if product is None:
            product = Product(company=desk.intake.company, product_code=code, name=entry["name"])
            desk.products[code] = product
            book.journal.make(product)
        return product

    def contents(self, version: ProductVersion) -> Entry:
        return {column: getattr(version, name) for column, name in FIELDS.items()}

    def fill(self, version: ProductVersion, entry: Entry) -> None:
        for column, name in FIELDS.items():
            if column in entry:
                value = entry[column]
                setattr(version, name, "" if value is None and column in TEXTS else value)

    def new_version(self, subject: Product, entry: Entry, earlier: ProductVersion | None) -> ProductVersion:
        version = ProductVersion(product=subject, valid_from=entry["from_date"])
        if earlier is not None:
            for name in FIELDS.values():
                setattr(version, name, getattr(earlier, name))
        self.fill(version, entry)
        return version

    def settle(self, desk: GoodsDesk, subjects: Iterable[Product], book: Book) -> None:
        for product in subjects:
            newest = desk.history(product).newest
            if newest is not None and product.name != newest.name:
                book.journal.change(product)
                product.name = newest.name


kinds.register(Goods())
