"""How many things wait behind the entries of the menu."""

from collections.abc import Iterable
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest

from lianxin.foundation import audit, clock
from lianxin.foundation.context import company_of
from lianxin.ui.slots import NavigationEntry

BADGES_KEPT: Final = 15


def badges_for(request: HttpRequest, entries: Iterable[NavigationEntry]) -> dict[str, int]:
    """How many things wait behind each entry that counts them, by key.

    Every page shows them and each is a query of its own, so they are kept until somebody changes a row of the company. What
    changes without an audit row (the progress of a job) is at most `BADGES_KEPT` seconds old.
    """
    counted = {entry.key: entry.badge for entry in entries if entry.badge is not None}
    if not counted:
        return {}
    company = company_of(request)
    if company.pk is None:
        return {key: badge(request) for key, badge in counted.items()}
    kept_under = f"ui.badges:{request.user.pk}:{company.pk}:{audit.last_number(company)}:{clock.today(company)}"
    found: dict[str, int] | None = cache.get(kept_under)
    if found is None or found.keys() != counted.keys():
        found = {key: badge(request) for key, badge in counted.items()}
        cache.set(kept_under, found, BADGES_KEPT)
    return found
