from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused

# Outside these, periods and instants around a day have no date any more.
FIRST: Final = date(1900, 1, 1)
LAST: Final = date(3000, 1, 1)


def known_day(day: date, *, field: str) -> date:
    """A day that a period or an instant can be made of.

    Raises
    ------
    Refused : it lies centuries off.
    """
    if not FIRST <= day < LAST:
        raise Refused(_("Give the day as in 2021-12-31."), field=field)
    return day
