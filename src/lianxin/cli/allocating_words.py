"""The sentences of the faults of an allocation in the language of the terminal."""

from django.utils.translation import gettext as _


def fault_words() -> dict[str, str]:
    """Code -> sentence, for every code of `core.allocating.FAULTS`."""
    return {
        "file_not_taken": _("The file as a whole cannot be taken."),
        "not_readable": _("The cell cannot be read. Write days like 2026-03-02, and units as whole numbers."),
        "missing": _("The cell is empty. Fill it, or leave the row out."),
        "negative": _("The number is below zero. Write zero or more."),
        "too_large": _("The number is too large: a request may hold 1,000,000,000 units, a supply 1,000,000,000,000."),
        "tier_unknown": _("There is no such tier. Write one of 1 to 30."),
        "weight_out_of_range": _("The weight must lie above 0 and be at most 10,000."),
        "duplicate": _("The row has the same key as another. Leave one of them out."),
        "no_supply": _(
            "The product is requested in this week, but the supply has no row for it. Add one; zero is a number too."
        ),
        "not_requested": _(
            "There is supply of this product in this week, but no request. Leave the row out, or add the requests."
        ),
        "floors_above_supply": _(
            "The floors of this product sum to more than its supply. Lower them, or raise the supply."
        ),
        "demand_above_supply": _(
            "The requests of this product sum to more than its supply, so it cannot be released on demand. Choose another rule."
        ),
    }
