"""What is valid in a company's settings."""

from typing import Any

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused


def checked_conversions(given: Any) -> list[dict[str, Any]]:
    """Conversions of larger units as they are stored: [{name, name_en, order_units}], each name once, whole numbers above 1.

    Raises
    ------
    Refused : anything else.
    """
    if not isinstance(given, list):
        raise Refused(_("Conversions of units are a list."), field="unit_conversions")
    kept: list[dict[str, Any]] = []
    for entry in given:
        name = str(entry.get("name", "")).strip() if isinstance(entry, dict) else ""
        units = entry.get("order_units") if isinstance(entry, dict) else None
        if not name or len(name) > 20 or not isinstance(units, int) or isinstance(units, bool) or units < 2:
            raise Refused(
                _("A larger unit has a name and the whole number of order units in it, such as 件 = 50."),
                field="unit_conversions",
            )
        if name in {known["name"] for known in kept}:
            raise Refused(_("The unit %(name)s is there twice.") % {"name": name}, field="unit_conversions")
        kept.append({"name": name, "name_en": str(entry.get("name_en", "")).strip()[:20], "order_units": units})
    return sorted(kept, key=lambda entry: int(entry["order_units"]))
