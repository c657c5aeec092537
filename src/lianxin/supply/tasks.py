"""Long work of allocation: tests for favour."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.allocating.favour import NEED
from lianxin.foundation import clock
from lianxin.foundation.jobs import Progress
from lianxin.foundation.models import Company, User
from lianxin.supply.actions import favour


def test_favour(company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress) -> dict[str, Any]:
    """The test of the rounds named, and the page on which it stands."""
    progress.tell(0.1, _("reading the lines"))
    run = favour.test(
        company=company, numbers=arguments["rounds"], by=owner, at=clock.now(), on=clock.today(company),
        alike=arguments.get("alike", NEED),
    )  # fmt: skip
    return {"run": run.number, "result_url": reverse("supply:favour_run", args=[run.number])}
