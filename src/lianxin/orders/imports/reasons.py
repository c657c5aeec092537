"""The sentences for the reasons that the quick way of order lines gives as codes."""

from django.utils.translation import gettext as _


def sentence(code: str, other: str) -> str:
    """What is wrong and what to do, for a reason of `engine.ingest`; `other` is the content that differs."""
    match code:
        case "empty":
            return _("It is empty, and must not be.")
        case "not_a_date":
            return _("There is no such day in the calendar, or it is not written as 2021-12-31.")
        case "unknown_retailer":
            return _("There is no retailer with this licence number. Import the retailers first.")
        case "unknown_product":
            return _("There is no product with this code. Import the products first.")
        case "not_a_number":
            return _("This is not a number that can be read in one way only. Write it as 1234.50 or 1,234.50.")
        case "not_whole":
            return _("It must be a whole number.")
        case "too_large":
            return _("This number is too large to be one.")
        case "too_many_decimals":
            return _("An amount has at most two decimal places.")
        case "wrong_number_of_columns":
            return _("The row has another number of cells than the head. Is there a separator inside a text?")
        case "differs_in_file":
            return _("An earlier line of this file has the same number and other content: %(other)s.") % {
                "other": other
            }
        case "differs_from_known":
            return _(
                "A line with this number is known with other content: %(other)s. "
                "If the file is right, import it as a correction."
            ) % {"other": other}
        case _unreadable:
            return _("The row cannot be read: its quotation marks or signs are damaged.")
