"""Daily log, weekly note, monthly market analysis: figures prefilled, thought one's own, handed in by a deadline."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.visits.states import RecordKind, RecordState


class Record(models.Model):
    """A person's record of a period. `words` is the newest text; every handed-in text is a version."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="records")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=8, choices=RecordKind.choices)
    period_start = models.DateField()
    due_at = models.DateTimeField()
    figures = models.JSONField(
        default=dict, help_text="the period's figures when it was last filled, with their source"
    )
    words = models.TextField(blank=True)
    photo_ids = models.JSONField(
        default=list, blank=True, help_text="photographs that its writer chose to show, in order"
    )
    state = models.CharField(max_length=10, choices=RecordState.choices, default=RecordState.DRAFT)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "kind", "period_start"], name="one_record_a_period")
        ]
        indexes: ClassVar = [models.Index(fields=["company", "kind", "period_start"])]


class RecordVersion(models.Model):
    """A text and its photographs as they were handed in. Appended, never changed."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="versions")
    words = models.TextField()
    photo_ids = models.JSONField(default=list, blank=True)
    submitted_at = models.DateTimeField()
