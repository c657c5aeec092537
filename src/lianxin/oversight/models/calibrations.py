"""How alike honest notes are: what a line for copies is set by."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.oversight.models.verdicts import RuleSet


class CopyCalibration(models.Model):
    """The line for copied notes that keeps a stated rate of false marks on the notes of a past period. It sets nothing."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="copy_calibrations")
    number = models.PositiveIntegerField()
    since = models.DateField(help_text="first day of the first month")
    until = models.DateField(help_text="exclusive")
    false_share = models.FloatField(help_text="at most this share of honest notes may be marked")
    similarity = models.FloatField(null=True, help_text="empty: no line keeps the rate, or the notes are too few")
    copy_bits = models.FloatField(help_text="own content that a note needed to tell, as it was in force")
    n_notes = models.PositiveIntegerField()
    n_told = models.PositiveIntegerField(help_text="with enough own content to tell")
    n_needed = models.PositiveIntegerField()
    n_left_out = models.PositiveIntegerField(help_text="of person-months in which copying was confirmed")
    n_untimed = models.PositiveIntegerField(default=0, help_text="left out: nobody can tell when they were written")
    n_open = models.PositiveIntegerField(help_text="questions about copying in the period that are not concluded yet")
    lines = models.JSONField(help_text="[{similarity, marked, share, high}]")
    code_version = models.CharField(max_length=60)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    drafted = models.ForeignKey(RuleSet, null=True, blank=True, on_delete=models.PROTECT, related_name="calibrations")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="one_copy_calibration_a_number"),
            models.CheckConstraint(
                condition=models.Q(false_share__gt=0) & models.Q(false_share__lt=1), name="calibrated_to_a_share"
            ),
        ]
