"""Names of what stands on a sheet: its products, and the retailers of the lines shown."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from lianxin.demand.models import Round
from lianxin.goods.models import Product
from lianxin.retailers.models import Retailer


@dataclass(frozen=True)
class Names:
    """Names of products at hand, of retailers when asked for."""

    company_id: int
    products: dict[int, tuple[str, str]]

    def product(self, product_id: int) -> str:
        return self.products.get(product_id, ("", ""))[1]

    def product_code(self, product_id: int) -> str:
        return self.products.get(product_id, ("", ""))[0]

    def products_in_order(self) -> list[tuple[int, str]]:
        """(id, name) by code."""
        return [(pk, name) for pk, (_code, name) in sorted(self.products.items(), key=lambda item: item[1])]

    def retailers(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        """(licence, name) of retailers by id."""
        found: dict[int, tuple[str, str]] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), 500):
            rows = Retailer.objects.filter(company_id=self.company_id, pk__in=wanted[start : start + 500])
            found.update({pk: (licence, name) for pk, licence, name in rows.values_list("pk", "licence_no", "name")})
        return found

    def retailers_like(self, text: str) -> set[int]:
        """Ids of retailers whose name contains a text or whose licence begins with it."""
        rows = Retailer.objects.filter(company_id=self.company_id)
        return set(rows.filter(Q(name__icontains=text) | Q(licence_no__startswith=text)).values_list("pk", flat=True))


def names_of(round: Round) -> Names:
    """The names of a round's products."""
    return names_of_all(round.company_id, [round])


def names_of_all(company_id: int, rounds: Collection[Round]) -> Names:
    """The names of the products of several rounds of a company, in one reading."""
    wanted = {pk for round in rounds for pk in round.product_ids}
    rows = Product.objects.filter(company_id=company_id, pk__in=wanted)
    return Names(company_id, {pk: (code, name) for pk, code, name in rows.values_list("pk", "product_code", "name")})
