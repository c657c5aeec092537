"""Visits as made. A position is kept apart from its answer, so that it can be deleted on time and the answer stays."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, ImportBatch
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.visits.models.planning import PlannedVisit
from lianxin.visits.models.preparing import Theme, VisitType
from lianxin.visits.states import ActionKind, FixSource, Moment, PlaceAnswer, VisitState


class PositionConsent(models.Model):
    """A person's separate consent to positions at check-in and check-out, with the purpose read; withdrawn at any time."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="position_consents")
    purpose = models.TextField()
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)


class Visit(models.Model):
    """A visit by a person to a retailer. `device_*` is the phone's clock, `received_at` the server's; both are kept."""

    id = models.CharField(max_length=40, primary_key=True, help_text="made by the phone, or by the importing system")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="visits")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="visits")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="visits")
    planned = models.ForeignKey(PlannedVisit, null=True, blank=True, on_delete=models.SET_NULL, related_name="made")
    planned_date = models.DateField(null=True, blank=True)
    visit_type = models.ForeignKey(VisitType, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=VisitState.choices, default=VisitState.OPEN)
    visit_date = models.DateField(help_text="in the company's time zone")
    check_in_at = models.DateTimeField()
    check_out_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    clock_offset_seconds = models.IntegerField(
        null=True, blank=True, help_text="server minus phone, when last in touch"
    )
    place_answer = models.CharField(max_length=14, choices=PlaceAnswer.choices, default=PlaceAnswer.NO_FIX)
    distance_metres = models.FloatField(null=True, blank=True, help_text="from the shop's point, at check-in")
    n_answers = models.PositiveIntegerField(
        null=True, blank=True, help_text="questions answered; null: none was asked, or nobody wrote it down"
    )
    n_filled = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="other steps with content: counts, tags, display; null: no steps were recorded"
    )
    note = models.TextField(blank=True)
    device_id = models.CharField(max_length=40, blank=True)
    held_at_visit = models.BooleanField(
        default=True, help_text="whether the person held or covered the retailer that day"
    )
    marks = models.JSONField(
        default=list, blank=True, help_text="[VisitMark]: what is worth knowing of it and is nobody's fault"
    )
    batch = models.ForeignKey(ImportBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(check_out_at=None) | models.Q(check_out_at__gte=models.F("check_in_at")),
                name="visit_ends_after_it_starts",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "person", "visit_date"]),
            models.Index(fields=["company", "retailer", "visit_date"]),
            models.Index(fields=["company", "visit_date", "id"]),
        ]


class Position(models.Model):
    """Where a phone said it was. Deleted by the retention job; the visit keeps the answer and the distance."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="positions")
    moment = models.CharField(max_length=10, choices=Moment.choices)
    latitude = models.FloatField()
    longitude = models.FloatField()
    accuracy_metres = models.FloatField(null=True, blank=True)
    fix_age_seconds = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=8, choices=FixSource.choices, default=FixSource.GPS)
    taken_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["visit", "moment"], name="one_position_a_moment")]


class VisitAction(models.Model):
    """What was done in a visit, by the kinds of its type. `body` has the shape of `visits.bodies` for its kind."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="actions")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=ActionKind.choices)
    body = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True, blank=True)
    skipped_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["visit", "place"], name="one_action_a_place")]


class Photo(models.Model):
    """A photograph taken in the app. The file stands under its own hash; `seen_before` names the first of near-equal ones."""

    id = models.CharField(max_length=40, primary_key=True, help_text="made by the phone")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="photos")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    visit_id_said = models.CharField(
        max_length=40, db_index=True, help_text="the visit's id; the visit may arrive later"
    )
    action_kind = models.CharField(max_length=14, choices=ActionKind.choices)
    taken_at = models.DateTimeField()
    received_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64, db_index=True)
    near_hash = models.CharField(max_length=16, db_index=True, help_text="64-bit difference hash, hexadecimal")
    n_bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    path = models.CharField(max_length=200, blank=True, help_text="under the files folder; empty once deleted")
    seen_before = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="seen_again")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "near_hash"])]
