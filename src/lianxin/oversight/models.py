from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.people.models import Person


class Flag(models.Model):
    """A question about one person's work, opened by a rule or by a post that may. It says nothing about guilt."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="flags")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="flags")
    rule = models.CharField(max_length=80)
    rule_version = models.CharField(max_length=40, blank=True)
    question = models.CharField(max_length=300)
    evidence = models.JSONField(help_text="[{title, text, source, url}], at least one")
    state = models.CharField(max_length=10, choices=FlagState.choices, default=FlagState.OPENED)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    answer_due_on = models.DateField()
    reviewer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    conclusion = models.CharField(max_length=24, choices=Conclusion.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(models.Q(state="closed") & ~models.Q(conclusion="") & models.Q(closed_at__isnull=False))
                | (~models.Q(state="closed") & models.Q(conclusion="") & models.Q(closed_at=None)),
                name="closed_flag_has_conclusion",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "opened_at"]),
            models.Index(fields=["company", "rule"]),
        ]


class FlagEvent(models.Model):
    """One step of a flag's life: who, when, in whose words. Appended, never changed."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=10, choices=FlagState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)
    is_answer = models.BooleanField(default=False)
