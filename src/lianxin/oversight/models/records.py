from typing import ClassVar

from django.db import models

from lianxin.oversight.states import Claimed, Verdict
from lianxin.visits.models import Record, RecordVersion


class RecordLikeness(models.Model):
    """A record as handed in whose own words are those of an earlier one. It opens a question, it decides nothing."""

    version = models.OneToOneField(RecordVersion, on_delete=models.CASCADE, related_name="likeness")
    source = models.ForeignKey(RecordVersion, on_delete=models.CASCADE, related_name="+")
    likeness = models.FloatField(help_text="0 to 1, template words and standing phrases left out")
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(version=models.F("source")), name="no_record_is_like_itself")
        ]


class RecordClaim(models.Model):
    """A plain count that a record claims, beside what was recorded in its period. It opens a question, it decides nothing."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="claims")
    kind = models.CharField(max_length=12, choices=Claimed.choices)
    words = models.CharField(max_length=200, help_text="as they stand in the record")
    claimed = models.PositiveIntegerField()
    found = models.PositiveIntegerField()
    answer = models.CharField(max_length=11, choices=Verdict.choices, help_text="yes: nothing bears the claim")
    compared_at = models.DateTimeField()
