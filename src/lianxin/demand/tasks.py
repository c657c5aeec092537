"""Jobs of this room: each fetches, calls one action, and tells where its result is."""

from typing import Any

from django.urls import reverse

from lianxin.demand.actions import judging, opening
from lianxin.demand.models import Round
from lianxin.foundation import clock
from lianxin.foundation.jobs import Progress
from lianxin.foundation.models import Company, User

PREPARE = "demand.prepare"
JUDGE = "demand.judge"


def prepare(company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress) -> dict[str, Any]:
    """Make the system's forecast of a round and open it to its authors."""
    round = Round.objects.select_related("company").get(company=company, pk=arguments["round"])
    made = opening.prepare(round=round, at=clock.now(), on=clock.today(company), tell=progress.tell)
    return {"round": made.pk, "result_url": reverse("demand:round", args=[made.pk])}


def judge(company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress) -> dict[str, Any]:
    """Hold closed rounds against what came."""
    made = judging.judge(company=company, by=owner, at=clock.now(), on=clock.today(company), tell=progress.tell)
    return {"judging": made.number, "result_url": reverse("demand:stair")}
