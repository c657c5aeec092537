"""Records whose own words repeat an earlier one, scoped to who asks."""

from datetime import date

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Missing
from lianxin.foundation.models import Company, User
from lianxin.oversight.models import RecordLikeness
from lianxin.oversight.queries.verdicts import VERB
from lianxin.people import queries as people


def of_record(user: User, company: Company, record_id: str, *, on: date) -> RecordLikeness:
    """The newest version of a record that is like an earlier one, with both texts.

    Raises
    ------
    Missing : the record is like no other, or the user may not see its writer's verification.
    """
    rows = RecordLikeness.objects.filter(version__record__company=company, version__record_id=record_id)
    rows = rows.select_related("version__record__person", "source__record__person").order_by("-version__submitted_at")
    persons = people.persons_in_scope(user, VERB, company, on=on)
    found = rows.first()
    if found is None or not (persons is people.EVERYBODY or found.version.record.person_id in persons):
        raise Missing(_("This record repeats no other."))
    return found


def known_for(record_ids: list[str]) -> set[str]:
    """Which of these records are like an earlier one."""
    found = RecordLikeness.objects.filter(version__record_id__in=record_ids)
    return set(found.values_list("version__record_id", flat=True))
