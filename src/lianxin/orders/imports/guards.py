"""Why retailers and products cannot be taken out while order lines name them."""

from django.utils.translation import gettext as _

from lianxin.foundation.models import Company
from lianxin.orders import queries


def retailers_in_use(company: Company, ids: set[int]) -> str:
    """A sentence about the batches with lines of these retailers, or ""."""
    return _sentence(queries.batches_using(company, "retailer_id", ids))


def products_in_use(company: Company, ids: set[int]) -> str:
    """A sentence about the batches with lines of these products, or ""."""
    return _sentence(queries.batches_using(company, "product_id", ids))


def _sentence(batches: list[str]) -> str:
    if not batches:
        return ""
    return _("Order lines use what this batch brought. Undo the batches of order lines first: %(batches)s.") % {
        "batches": ", ".join(batches)
    }
