"""The heads and reasons of a sheet's file: written in the reader's language, read in every one."""

from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from lianxin.demand.checks import reason_choices

HEADS: Final[Mapping[str, str | Promise]] = {
    "period_start": gettext_lazy("First day of the period"),
    "licence_no": gettext_lazy("Licence"),
    "retailer": gettext_lazy("Retailer"),
    "product_code": gettext_lazy("Product code"),
    "product": gettext_lazy("Product"),
    "units": gettext_lazy("My forecast"),
    "reason": gettext_lazy("Reason"),
    "words": gettext_lazy("In words"),
    "evidence": gettext_lazy("Evidence"),
    "system_mean": gettext_lazy("System"),
    "system_low": gettext_lazy("Lower end of the range"),
    "system_high": gettext_lazy("Upper end of the range"),
    "last_period": gettext_lazy("Last period"),
    "year_ago": gettext_lazy("A year ago"),
    "state": gettext_lazy("State of the line"),
    "borrowed": gettext_lazy("Borrowed from"),
    "stock_units": gettext_lazy("Counted in the shop"),
    "stock_counted_on": gettext_lazy("Counted on"),
    "retail_price": gettext_lazy("Price in the shop"),
    "guide_price": gettext_lazy("Guide price"),
    "price_seen_on": gettext_lazy("Price seen on"),
    "price_seen_by": gettext_lazy("Price seen by"),
    "price_source": gettext_lazy("Survey of the price"),
    "n_shops_counted": gettext_lazy("Shops counted"),
    "n_shops_empty": gettext_lazy("of these with none left"),
    "n_shops_priced": gettext_lazy("Shops with a price"),
    "price_change": gettext_lazy("Middle price against the guide"),
}


def codes_of_heads() -> dict[str, str]:
    """The columns by what may stand in their head: the name by which programs know them, or its words in any language."""
    found = {code: code for code in HEADS}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(words): code for code, words in HEADS.items() if str(words) not in found}
    return found


def codes_of_reasons(values: Mapping[str, object]) -> dict[str, str]:
    """Reasons by what may stand for them: their code, or their words in any language; without regard to case."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code, title in reason_choices(values):
                found |= {code.casefold(): code, title.casefold(): code}
    return found
