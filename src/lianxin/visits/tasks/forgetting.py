"""The retention of field work, every day. Before positions go, shops' points are learnt from them."""

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from lianxin.foundation.models import Company
from lianxin.visits.actions import forgetting, learning

KIND: Final = "visits.forget_positions"


def work(company: Company, at: datetime) -> dict[str, Any]:
    """Forget what is past its time; done again, it changes nothing more."""
    n_learnt = learning.learn(company=company, by=None, at=at)
    found = forgetting.forget(company=company, by=None, at=at)
    told = {"positions": found.n_positions, "care_notes": found.n_care_notes, "photos": found.n_photos}
    if not any(told.values()):
        return {**told, "shops_learnt": n_learnt}
    said = _(
        "%(company)s: past their time and deleted: %(positions)s positions, %(notes)s care notes, %(photos)s photographs."
    ) % {
        "company": company.code,
        "positions": found.n_positions,
        "notes": found.n_care_notes,
        "photos": found.n_photos,
    }
    return {**told, "shops_learnt": n_learnt, "said": said}
