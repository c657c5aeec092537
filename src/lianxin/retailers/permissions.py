"""Who may hand out codes for retailers' own pages, on top of the table in `access`."""

from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role


def require_no_part_in_visits(*, by: User, company: Company) -> None:
    """Refuse whoever visits retailers or leads those who do, whatever else he is: with a code he could answer in their place.

    A retailer says on its own pages whether its problem was solved, objects to its supply and reads what is noted about it.
    """
    if access.roles_of(by, company) & {Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER}:
        raise Denied(
            _(
                "Codes are handed out by people who neither visit retailers nor lead those who do. Ask the supervision office."
            )
        )
