"""Tests whether a manager's retailers were favoured, and what each found."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.supply.models.rounds import Round
from lianxin.supply.states import FavourTest


class FavourRun(models.Model):
    """One test over the standing shares of some rounds. A later one never overwrites an earlier one."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="favour_runs")
    number = models.PositiveIntegerField()
    rounds = models.ManyToManyField(Round, related_name="+")
    parameters = models.JSONField(help_text="level, least samples, permutations and their seed")
    code_version = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="of the answers; the same evidence gives the same one")
    summary = models.JSONField(default=dict)
    n_lines = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "number"], name="one_favour_run_a_number")]


class FavourFinding(models.Model):
    """What one of the two tests says of one manager's retailers. It asks a question and names no culprit."""

    run = models.ForeignKey(FavourRun, on_delete=models.CASCADE, related_name="findings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    test = models.CharField(max_length=20, choices=FavourTest.choices)
    answer = models.CharField(max_length=20, help_text="value | cannot_tell")
    is_asked = models.BooleanField(default=False, help_text="stands out at the stated level: a question, not a verdict")
    effect_units = models.FloatField(null=True, blank=True, help_text="more than the rule gives, over the rounds")
    q_value = models.FloatField(null=True, blank=True)
    n_lines = models.PositiveIntegerField()
    reason = models.CharField(max_length=60, blank=True)
    question_opened_at = models.DateTimeField(
        null=True, blank=True, help_text="from then on the person himself may open it, with the rows behind it"
    )
    details = models.JSONField(default=dict, help_text="counts of the test; of the second one also the retailers told")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "person", "test"], name="one_finding_a_person_and_test")
        ]
