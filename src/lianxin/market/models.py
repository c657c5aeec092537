"""Which months have roll-ups, and of what they were made."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company


class RollupMonth(models.Model):
    """A month whose roll-ups are in the lake, with digests of the order lines and of the master data that they were made of."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="rollup_months")
    month = models.DateField()
    lines_digest = models.CharField(max_length=64)
    master_digest = models.CharField(max_length=64)
    master_versions = models.CharField(
        max_length=200, help_text="Lake versions at which the master data was last compared."
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "month"], name="one_rollup_row_a_month")]
