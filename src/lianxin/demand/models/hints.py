from datetime import date, timedelta
from typing import ClassVar

from django.db import models

from lianxin.demand.states import HintKind
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.people.models import Person, Unit
from lianxin.retailers.models import Retailer


class Hint(models.Model):
    """What somebody learnt that will move demand: where, when, and by how much if that can be said."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="forecast_hints")
    kind = models.CharField(max_length=8, choices=HintKind.choices)
    words = models.CharField(max_length=300)
    retailer = models.ForeignKey(Retailer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty: every product"
    )
    valid_from = models.DateField()
    valid_until = models.DateField(help_text="exclusive")
    change_share = models.FloatField(
        null=True, blank=True, help_text="expected change of demand while it lasts, -0.3 = three tenths less"
    )
    visit_id_said = models.CharField(
        max_length=40, blank=True, help_text="the visit that saw it; empty where it was said otherwise"
    )
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    @property
    def evidence_id(self) -> str:
        """Under what a forecast names it."""
        return f"hint:{self.pk}"

    @property
    def last_day(self) -> date:
        """The last day on which it holds."""
        return self.valid_until - timedelta(days=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")), name="hint_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=models.Q(retailer__isnull=True) | models.Q(unit__isnull=True), name="hint_has_one_place"
            ),
            models.CheckConstraint(
                condition=models.Q(change_share__isnull=True) | models.Q(change_share__gte=-1),
                name="hint_takes_at_most_all",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "valid_from"])]
