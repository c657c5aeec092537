"""What a phone reads: always its own person's."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import User
from lianxin.people import queries as people
from lianxin.people.models import Person
from lianxin.visits.queries.replica import replica_of


def person(user: User) -> Person:
    """The person behind a user.

    Raises
    ------
    Refused : the account stands for nobody; visits are made by persons.
    """
    found = people.person_of(user)
    if found is None or found.company_id != user.company_id:
        raise Refused(_("Your account is not joined to a person of the company. Ask the administrator."))
    return found


def replica(user: User, *, at: datetime) -> dict[str, Any]:
    """What the phone of this user carries, see `visits.queries.replica`."""
    return replica_of(person(user), at=at)
