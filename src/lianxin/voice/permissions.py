"""Who may bring, take out and look into files of a survey: nobody who is judged by it, nor who leads those who are."""

from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation import access
from lianxin.foundation.errors import Denied
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.voice import queries

BRING = "surveys.bring"


def require_outside_the_line(*, by: User, company: Company) -> None:
    """Let through the office outside the line.

    Raises
    ------
    Denied : the post may not bring surveys; or he visits retailers, or leads those who do, whatever else he is.
    """
    access.require(by, BRING, company)
    if access.roles_of(by, company) & {Role.CUSTOMER_MANAGER, Role.MARKET_MANAGER}:
        raise Denied(
            _(
                "A survey is brought by people who neither visit retailers nor lead those who do. Ask the supervision office."
            )
        )


def require_no_interest(*, by: User, persons: Collection[int], months: Collection[date], on: date) -> None:
    """Let through whoever has no interest in the questionnaires about these persons in these months.

    Raises
    ------
    Denied : he is assessed by them, an assessed person reported to him, or he held a post in the line then.
    """
    if by.pk in queries.with_an_interest(persons, months, on=on):
        raise Denied(
            _(
                "This survey is about you, about somebody who reports to you, or about a month in which you held a post in the "
                "line. Somebody of the office without an interest in it must do this."
            )
        )
