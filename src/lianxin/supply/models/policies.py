"""The published rules by which scarce goods are shared."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.supply.states import Method, PolicyState, Rule


class SupplyPolicy(models.Model):
    """One version of a rule. Its content never changes; a change is a new draft under the same code."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="supply_policies")
    code = models.SlugField(max_length=40, help_text="the policy whose version this is")
    number = models.PositiveIntegerField(help_text="of the version")
    title = models.CharField(max_length=120)
    sentence_zh = models.CharField(max_length=300, help_text="the rule in one sentence that a retailer understands")
    sentence_en = models.CharField(max_length=300)
    rule = models.CharField(max_length=20, choices=Rule.choices)
    method = models.CharField(max_length=20, choices=Method.choices)
    definition = models.JSONField(default=dict, help_text="{weights: {tier: number}, lot_units}")
    note = models.TextField(blank=True, help_text="why it is so")
    state = models.CharField(max_length=10, choices=PolicyState.choices, default=PolicyState.DRAFT)
    drafted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="exclusive")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "code", "number"], name="one_supply_policy_a_version"),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | (models.Q(valid_from__isnull=False) & models.Q(published_at__isnull=False)),
                name="published_supply_policy_has_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gt=models.F("valid_from")),
                name="supply_policy_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.number}"
