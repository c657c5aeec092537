"""Codes that are stored, and what may follow what."""

from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    """A version of a scheme takes effect only after it was consulted on and announced."""

    DRAFT = "draft", _("Draft")
    CONSULTED = "consulted", _("Consulted")
    ADOPTED = "adopted", _("Adopted")
    RETIRED = "retired", _("Retired")


class Step(models.TextChoices):
    """How far a closing is. Each step leaves its result stored, so that a killed closing goes on from there."""

    STARTED = "started", _("Started")
    PUBLISHED = "published", _("Evidence published")
    PINNED = "pinned", _("Versions pinned")
    COMPUTED = "computed", _("Indicators computed")
    SCORED = "scored", _("Scored")
    RECORDED = "recorded", _("Recorded")
    RELEASED = "released", _("Released")


class RunState(models.TextChoices):
    """Pay is proposed by one person and confirmed, or turned down with a reason, by another."""

    PROPOSED = "proposed", _("Proposed")
    CONFIRMED = "confirmed", _("Confirmed")
    TURNED_DOWN = "turned_down", _("Turned down")


class RequestState(models.TextChoices):
    """A person may refuse a purely automatic decision; somebody then looks at it and answers."""

    OPEN = "open", _("Waiting for an answer")
    KEPT = "kept", _("Looked at, result kept")
    CORRECTED = "corrected", _("Looked at, evidence corrected")


FOLLOWS: Final[Mapping[VersionState, frozenset[VersionState]]] = {
    VersionState.DRAFT: frozenset({VersionState.CONSULTED}),
    VersionState.CONSULTED: frozenset({VersionState.ADOPTED, VersionState.DRAFT}),
    VersionState.ADOPTED: frozenset({VersionState.RETIRED}),
    VersionState.RETIRED: frozenset(),
}
STEPS: Final = tuple(Step)


def reached(step: str, wanted: Step) -> bool:
    """Whether a closing at `step` has done `wanted`."""
    return STEPS.index(Step(step)) >= STEPS.index(wanted)
