from typing import ClassVar

from django.db import models

from lianxin.demand.states import JudgedKind
from lianxin.foundation.models import Company, User


class Judging(models.Model):
    """The forecasts of all closed rounds held against what came. A later one never overwrites an earlier one."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="forecast_judgings")
    number = models.PositiveIntegerField()
    evidence = models.JSONField(help_text="{table: version in the lake}")
    parameters = models.JSONField(help_text="every number it was made with")
    code_version = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="of the answers; the same evidence gives the same one")
    n_rounds = models.PositiveIntegerField()
    known_until = models.DateField(help_text="day after the last period of which the sales are known")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="one_judging_of_forecasts_a_number")
        ]


class Judged(models.Model):
    """What one judging says of one entity: rows of `core.forecasting`, as they came."""

    judging = models.ForeignKey(Judging, on_delete=models.CASCADE, related_name="judged")
    kind = models.CharField(max_length=11, choices=JudgedKind.choices)
    level = models.CharField(
        max_length=9,
        help_text="manager, entered (of a manager's lines those with an own number), unit, company, everybody; hint, festival",
    )
    entity_id = models.BigIntegerField(null=True, blank=True, help_text="empty: everybody of that level together")
    rows = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["judging", "kind", "level", "entity_id"], name="one_verdict_an_entity"),
            models.UniqueConstraint(
                fields=["judging", "kind", "level"],
                condition=models.Q(entity_id__isnull=True),
                name="one_verdict_on_all_together",
            ),
        ]
