"""Opening a question about what a test for favour found. The software proposes it; a person opens it."""

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import User
from lianxin.oversight.actions import flags
from lianxin.oversight.models import Flag
from lianxin.oversight.wording import wording
from lianxin.supply.actions import favour as supply
from lianxin.supply.models import FavourFinding
from lianxin.supply.queries import favour as queries
from lianxin.supply.states import FavourTest

RULE = {FavourTest.OTHERS: "favour_others", FavourTest.WITHIN: "favour_within"}


@transaction.atomic
def ask(*, finding: FavourFinding, by: User, at: datetime, on: date) -> Flag:
    """The question to the manager whose retailers stand out in a test for favour; who opened it is named, no culprit is.

    From then on the manager can open the finding and the rows behind it.

    Raises
    ------
    Refused : the finding asks nothing, or this test has asked about it before.
    Denied : the user may not open questions about this person.
    """
    run = finding.run
    if not finding.is_asked:
        raise Refused(_("This finding does not stand out; there is nothing to ask."))
    test = FavourTest(finding.test)
    told = ", ".join(str(row) for row in queries.rounds_of(run))
    words = {
        "units": f"{finding.effect_units or 0:+.1f}",
        "q": f"{finding.q_value if finding.q_value is not None else 1:.3f}",
        "lines": finding.n_lines,
        "rounds": told,
    }
    question = wording("favour.others" if test == FavourTest.OTHERS else "favour.within")
    made = flags.open(
        company=run.company,
        person=finding.person,
        rule=RULE[test],
        rule_version=run.code_version[:40],
        subject=f"favour_run:{run.number}:{finding.pk}",
        question=question,
        evidence=[
            {
                "title": wording("favour.title"),
                "text": wording("favour.text", **words),
                "source": wording("favour.source", n=run.number, digest=run.digest[:12]),
                "url": reverse("supply:favour_finding", args=[run.number, finding.pk]),
            }
        ],
        by=by,
        at=at,
        on=on,
    )
    supply.question_opened(finding=finding, at=at)
    return made
