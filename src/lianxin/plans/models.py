from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company


class Target(models.Model):
    """What an entity is to reach in a month, in the indicator's own unit (money in currency units, shares as 0.25)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="targets")
    month = models.DateField()
    level = models.CharField(max_length=12)
    entity = models.CharField(max_length=80)
    indicator = models.CharField(max_length=80)
    target = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "month", "level", "entity", "indicator"], name="one_target_a_month_and_indicator"
            )
        ]
