"""The table that drills: unit, customer manager, retailer, product, order line; each row opens the level below it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.core.measuring.analysis import MEASURES
from lianxin.core.measuring.figures import answer_of, by_retailer
from lianxin.core.units import months_back
from lianxin.market.queries import choices
from lianxin.market.queries.asking import MASTER, ROLLUPS, kept
from lianxin.market.queries.figures import grouped, key_product_ids, product_groups
from lianxin.market.queries.lines import lines_of_retailer
from lianxin.market.queries.sums import places, sums_by_month
from lianxin.market.screens.arrow import ArrowSource
from lianxin.market.screens.asking import LEVELS, Asked
from lianxin.market.screens.words import figure_of, title_of, unit_name
from lianxin.ui.addresses import with_query
from lianxin.ui.parts import Crumb, Figure
from lianxin.ui.sources import ListSource
from lianxin.ui.tables import Column, Table

SPARK_MONTHS = 12
PAGE_SIZE = 25
ON_CARD = ("sales_units", "same_period_change")
TITLES = {
    "unit": gettext_lazy("By unit"),
    "manager": gettext_lazy("By customer manager"),
    "retailer": gettext_lazy("By retailer"),
    "product": gettext_lazy("By product"),
    "line": gettext_lazy("Order lines"),
}
HEADS = {
    "unit": gettext_lazy("Unit"),
    "manager": gettext_lazy("Customer manager"),
    "retailer": gettext_lazy("Retailer"),
    "product": gettext_lazy("Product"),
}
# The filter that a row of each level adds.
KEYS = {"unit": "unit", "manager": "manager", "retailer": "retailer", "product": "product"}
# Field of the sums by retailer that each figure is sorted by.
SORTS = {
    "sales_units": "units",
    "same_period_change": "change",
    "sales_amount": "amount_fen",
    "unit_price": "unit_price",
    "key_brand_share": "key_share",
    "company_gross_margin": "margin",
    "products_per_retailer": "now_n_products",
}
_PAGING = dict.fromkeys(["after", "before", "sort", "export", "columns"])


class Drill:
    """The table of one level of a question. `rows` are the sums by holding of the part asked for."""

    def __init__(self, asked: Asked, query: QueryDict, rows: pa.Table, parameters: Mapping[str, Any]) -> None:
        self.asked = asked
        self.query = query
        self.rows = rows
        self.parameters = parameters
        self.company = asked.company
        self._analysis_url, self._rows_url = reverse("market:analysis"), reverse("market:rows")

    def table(self) -> Table:
        make: Mapping[str, Callable[[], Table]] = {
            "unit": lambda: self._groups("unit"),
            "manager": lambda: self._groups("manager"),
            "retailer": self._retailers,
            "product": self._products,
            "line": self._lines,
        }
        return make[self.asked.level]()

    def tabs(self) -> list[tuple[str, str, bool]]:
        """(title, address, is current) of the levels that this question can be seen at."""
        offered = [level for level in LEVELS if level != "line" or self.asked.retailer is not None]
        return [
            (str(TITLES[level]), with_query(self.query, {**_PAGING, "by": level}), level == self.asked.level)
            for level in offered
        ]

    def crumbs(self) -> list[Crumb]:
        """The way down to here, each step with its address."""
        steps: list[tuple[str, dict[str, str | None]]] = [
            (self.company.name, dict.fromkeys(["unit", "manager", "retailer", "product"]))
        ]
        if self.asked.unit is not None:
            steps.append((str(self.asked.unit), dict.fromkeys(["manager", "retailer", "product"])))
        if self.asked.person is not None:
            steps.append((self.asked.person.name, dict.fromkeys(["retailer", "product"])))
        if self.asked.retailer is not None:
            steps.append((self.asked.retailer.name, {"product": None}))
        if self.asked.product is not None:
            steps.append((self.asked.product.name, {}))
        return [Crumb(title=title, url=self._page({**_PAGING, "by": None, **changes})) for title, changes in steps]

    # -- addresses -----------------------------------------------------------------------------------------------------

    def _page(self, changes: Mapping[str, str | None]) -> str:
        return self._analysis_url + with_query(self.query, changes)

    def _below(self, row: Mapping[str, Any]) -> dict[str, str | None]:
        level = self.asked.level
        below = LEVELS[LEVELS.index(level) + 1]
        if level == "product" and self.asked.retailer is None:
            below = "retailer"
        return {**_PAGING, KEYS[level]: row["code"], "by": below}

    def _href(self, row: Mapping[str, Any]) -> str | None:
        return self._page(self._below(row)) if row["code"] else None

    def _detail(self, row: Mapping[str, Any]) -> str | None:
        return self._rows_url + with_query(self.query, self._below(row)) if row["code"] else None

    def _explained(self, row: Mapping[str, Any]) -> str:
        return with_query(self.query, {**_PAGING, KEYS[self.asked.level]: row["code"], "by": None})

    # -- columns -------------------------------------------------------------------------------------------------------

    def _figure(self, code: str, *, shown: bool = True, on_card: bool = False) -> Column:
        unit = {"sales_units": unit_name(self.company)}.get(code, "")
        if code in ("sales_amount", "unit_price"):
            unit = self.company.currency_symbol

        explain_url = reverse("market:explain", args=[code])

        def read(row: Mapping[str, Any]) -> Figure:
            url = explain_url + self._explained(row) if row["code"] else ""
            return figure_of(self.company, answer_of(code, row["sums"], self.parameters), url)

        return Column(
            key=code,
            title=title_of(code),
            kind="figure",
            unit=unit,
            sort_by=SORTS.get(code, code),
            value=read,
            shown=shown,
            on_card=on_card,
        )

    def _has_words(self, code: str) -> bool:
        """A column in which every row would say that the company named no key products is left to the column chooser."""
        return code != "key_brand_share" or self.parameters.get("measuring.key_products") is not None

    def _name(self) -> Column:
        return Column(
            key="name",
            title=HEADS[self.asked.level],
            href=self._href,
            note=lambda row: row.get("note") or None,
        )

    # -- levels --------------------------------------------------------------------------------------------------------

    def _groups(self, level: str) -> Table:
        by = {"unit": "unit_id", "manager": "person_id"}[level]
        names: Mapping[int, tuple[str, str]] = (
            {pk: (name, "") for pk, name in choices.unit_names(self.company).items()}
            if level == "unit"
            else choices.person_names(self.company)
        )
        sparks = self._sparks(by)
        rows = []
        for group in grouped(self.rows, by):
            name, note = names.get(group.key, (_("held by nobody"), ""))
            values = {field: answer_of(code, group.sums, self.parameters).value for code, field in SORTS.items()}
            coverage = answer_of("order_coverage", group.sums, self.parameters).value
            rows.append(
                {
                    "id": group.key or 0,
                    "code": "" if group.key is None else str(group.key),
                    "name": name,
                    "note": note,
                    "sums": group.sums,
                    "spark": sparks.get(group.key),
                    "order_coverage": coverage,
                    **values,
                }
            )
        codes = ("sales_units", "same_period_change", "sales_amount", "unit_price", "key_brand_share")
        columns = [
            self._name(),
            *(self._figure(code, on_card=code in ON_CARD, shown=self._has_words(code)) for code in codes),
            self._figure("company_gross_margin"),
            self._figure("order_coverage"),
            self._figure("products_per_retailer", shown=False),
            Column(key="spark", title=_("Last 12 months"), kind="spark"),
        ]
        return self._table(columns, ListSource(rows), default_sort="-sales_units")

    def _sparks(self, by: str) -> dict[Any, list[int | None]]:
        months = months_back(self.asked.question.month, SPARK_MONTHS)
        rows = sums_by_month(self.company, self.asked.question)
        summed = rows.group_by([by, "month"]).aggregate([("units", "sum")])
        known = {
            (key, month): units
            for key, month, units in zip(
                summed.column(by).to_pylist(),
                summed.column("month").to_pylist(),
                summed.column("units_sum").to_pylist(),
                strict=True,
            )
        }
        keys = {key for key, _month in known}
        return {key: [known.get((key, month)) for month in months] for key in keys}

    def _by_retailer(self) -> pa.Table:
        question = self.asked.question
        keys = key_product_ids(self.company, self.parameters)

        def make() -> pa.Table:
            stood = places(self.company, question.month).select(["retailer_id", "licence_no", "name", "town"])
            return by_retailer(self.rows).join(stood, "retailer_id")

        return kept(self.company, "by_retailer", (question, tuple(keys)), (*ROLLUPS, *MASTER), make)

    def _retailers(self) -> Table:
        table = self._by_retailer()

        def finish(page: pa.Table) -> list[dict[str, Any]]:
            return [
                {
                    **row,
                    "code": row["licence_no"] or "",
                    "name": row["name"] or _("retailer %(id)s") % {"id": row["retailer_id"]},
                    "note": row["licence_no"] or "",
                    "sums": {name: row[name] for name in MEASURES},
                }
                for row in page.to_pylist()
            ]

        codes = ("sales_units", "same_period_change", "sales_amount", "unit_price", "key_brand_share")
        columns = [
            self._name(),
            *(self._figure(code, on_card=code in ON_CARD, shown=self._has_words(code)) for code in codes),
            self._figure("company_gross_margin"),
            Column(key="now_n_products", title=_("Products ordered"), kind="number"),
            Column(key="n_lines", title=_("Order lines"), kind="number", shown=False),
            Column(key="town", title=_("Town"), shown=False),
        ]
        source = ArrowSource(table, key="retailer_id", finish=finish)
        return self._table(columns, source, default_sort="-sales_units")

    def _products(self) -> Table:
        called = choices.product_names(self.company)
        found = []
        for group in product_groups(self.company, self.asked.question):
            name, code = called.get(group.key, (str(group.key), ""))
            values = {
                SORTS[one]: answer_of(one, group.sums, self.parameters).value
                for one in ("sales_units", "same_period_change", "sales_amount", "unit_price")
            }
            found.append(
                {
                    "id": group.key,
                    "code": code,
                    "name": name,
                    "note": code,
                    "sums": group.sums,
                    "n_retailers": group.sums["n_retailers"],
                    **values,
                }
            )
        columns = [
            self._name(),
            self._figure("sales_units", on_card=True),
            self._figure("same_period_change", on_card=True),
            self._figure("sales_amount"),
            self._figure("unit_price"),
            Column(key="n_retailers", title=_("Retailers that ordered"), kind="number"),
        ]
        return self._table(columns, ListSource(found), default_sort="-sales_units")

    def _lines(self) -> Table:
        called = choices.product_names(self.company)
        lines = lines_of_retailer(self.company, self.asked.question)
        rows = [
            {
                **row,
                "name": called.get(row["product_id"], (str(row["product_id"]), ""))[0],
                "amount": None if row["amount_fen"] is None else Decimal(row["amount_fen"]) / 100,
            }
            for row in lines.to_pylist()
        ]
        return Table(
            name="drill",
            title=TITLES["line"],
            columns=line_columns(unit_name(self.company), self.company.currency_symbol),
            source=ListSource(rows, key="line_id"),
            default_sort="-order_date",
        )

    def _table(self, columns: list[Column], source: Any, *, default_sort: str) -> Table:
        return Table(
            name="drill",
            title=TITLES[self.asked.level],
            columns=columns,
            source=source,
            default_sort=default_sort,
            detail_url=self._detail,
            page_size=PAGE_SIZE,
        )


def line_columns(unit: str, currency: str) -> list[Column]:
    """Columns of a list of order lines; wanted, cap and supplied are told apart from a zero."""
    return [
        Column(key="line_id", title=_("Line id")),
        Column(key="order_date", title=_("Order date"), kind="day", on_card=True),
        Column(key="name", title=_("Product")),
        Column(key="wanted_units", title=_("Wanted"), kind="number", unit=unit),
        Column(key="cap_units", title=_("Cap"), kind="number", unit=unit),
        Column(key="ordered_units", title=_("Ordered"), kind="number", unit=unit),
        Column(key="supplied_units", title=_("Supplied"), kind="number", unit=unit),
        Column(key="units", title=_("Units sold"), kind="number", unit=unit, on_card=True),
        Column(key="amount", title=_("Amount"), kind="money", unit=currency),
        Column(key="batch_id", title=_("Import"), shown=False),
    ]
