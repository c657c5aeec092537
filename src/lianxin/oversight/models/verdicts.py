"""Rule sets in versions, runs over a month's visits, and what each run came to."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.oversight.states import Because, RuleSetState, RunMode, Verdict
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.visits.models import Visit


class RuleSet(models.Model):
    """One set of numbers for the rules of verification. Its content never changes; a change is a new draft."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="rule_sets")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    note = models.TextField(blank=True, help_text="why it is so")
    values = models.JSONField(default=dict, help_text="{parameter: value}; the others keep their defaults")
    state = models.CharField(max_length=8, choices=RuleSetState.choices, default=RuleSetState.DRAFT)
    drafted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    adopted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True, help_text="first day of a month")
    valid_until = models.DateField(null=True, blank=True, help_text="exclusive")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="one_rule_set_a_number"),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | (models.Q(valid_from__isnull=False) & models.Q(adopted_at__isnull=False)),
                name="adopted_rule_set_has_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"


class VerificationRun(models.Model):
    """The visits of a month held against one rule set. A later run never overwrites an earlier one."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="verification_runs")
    month = models.DateField()
    number = models.PositiveIntegerField()
    mode = models.CharField(max_length=6, choices=RunMode.choices)
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="runs")
    parameters = models.JSONField(help_text="every number that it was run with")
    off = models.JSONField(default=list, help_text="[{rule, since}]: rules that were suspended, and left out")
    code_version = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, help_text="of the answers; the same evidence gives the same one")
    n_visits = models.PositiveIntegerField(default=0)
    n_doubtful = models.PositiveIntegerField(default=0)
    n_undecided = models.PositiveIntegerField(default=0)
    n_questions = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=dict, help_text="{rule: {yes, no, cannot_tell}} and what a comparison reads")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "month", "number"], name="one_run_a_month_and_number")
        ]


class VisitVerdict(models.Model):
    """What the rules say of one visit. Stays when its position has been deleted."""

    run = models.ForeignKey(VerificationRun, on_delete=models.CASCADE, related_name="visits")
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="verdicts")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    visit_date = models.DateField()
    risk = models.FloatField(help_text="0 to 1")
    risk_unchecked = models.FloatField(
        null=True, help_text="before checks were heard, so that checks can measure it; null of runs before it was kept"
    )
    answer = models.CharField(max_length=11, choices=Verdict.choices)
    rules = models.JSONField(help_text="{rule: yes | no | cannot_tell}")
    like_visit = models.CharField(max_length=40, blank=True, help_text="the visit whose note its own repeats")
    likeness = models.FloatField(null=True, blank=True, help_text="0 to 1, template words left out")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "visit"], name="one_verdict_a_visit_and_run")]
        indexes: ClassVar = [models.Index(fields=["run", "person", "visit_date"])]


class ManagerVerdict(models.Model):
    """An estimate about one person's visits of a month, with its uncertainty; or why there is none."""

    run = models.ForeignKey(VerificationRun, on_delete=models.CASCADE, related_name="managers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    indicator = models.CharField(max_length=40)
    value = models.FloatField(null=True, blank=True)
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    n = models.PositiveIntegerField()
    answer = models.CharField(max_length=20)
    is_suspected = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "person", "indicator"], name="one_estimate_a_person_and_run")
        ]


class KeyRetailerVerdict(models.Model):
    """Whether a key retailer was left without a valid visit in a month, and why one says so. Its person held it at the end."""

    run = models.ForeignKey(VerificationRun, on_delete=models.CASCADE, related_name="key_retailers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    retailer = models.ForeignKey(Retailer, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=11, choices=Verdict.choices)
    because = models.CharField(max_length=13, choices=Because.choices)
    n_visits = models.PositiveIntegerField()
    n_hollow = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "retailer"], name="one_verdict_a_key_retailer_and_run")
        ]
