from typing import Any, ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.oversight import wording
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.people.models import Person

_CONCLUDED = models.Q(state__in=["correcting", "rechecking", "closed"])
_ENDED = models.Q(closed_at__isnull=False)


class Flag(models.Model):
    """A question about one person's work, opened by a rule or by a post that may. It says nothing about guilt."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="flags")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="flags")
    rule = models.CharField(max_length=80)
    rule_version = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=120, blank=True, help_text="what a rule asks about; it asks once only")
    question = models.CharField(
        max_length=300, help_text="as somebody wrote it; a rule's in the installation's language"
    )
    question_wording = models.JSONField(null=True, blank=True, help_text="{key, facts}: how a rule's is said again")
    evidence = models.JSONField(
        help_text="[{title, text, source, url, wording: {title | text | source: {key, facts}}}], at least one"
    )
    state = models.CharField(max_length=10, choices=FlagState.choices, default=FlagState.OPENED)
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    answer_due_on = models.DateField()
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="flags_owned", help_text="whose turn it is"
    )
    due_on = models.DateField(null=True, blank=True, help_text="by when the owner does the next step")
    reviewer = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    conclusion = models.CharField(max_length=24, choices=Conclusion.choices, blank=True)
    task = models.CharField(max_length=300, blank=True, help_text="what is to be corrected")
    is_corrected = models.BooleanField(null=True, blank=True, help_text="what the re-check found")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(_CONCLUDED & ~models.Q(conclusion="")) | (~_CONCLUDED & models.Q(conclusion="")),
                name="concluded_flag_has_conclusion",
            ),
            models.CheckConstraint(
                condition=(models.Q(state="closed") & _ENDED) | (~models.Q(state="closed") & ~_ENDED),
                name="closed_flag_has_its_instant",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["correcting", "rechecking"])
                | (models.Q(conclusion="confirmed") & ~models.Q(task="") & models.Q(due_on__isnull=False)),
                name="correction_has_task_and_day",
            ),
            models.UniqueConstraint(
                fields=["company", "rule", "subject"],
                condition=~models.Q(subject=""),
                name="a_rule_asks_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "opened_at"]),
            models.Index(fields=["company", "rule"]),
        ]

    @property
    def question_said(self) -> str:
        """The question in the reader's language; what a person wrote, and what was opened before wordings were kept, as it is."""
        return wording.said_again(self.question_wording, self.question)

    @property
    def evidence_said(self) -> list[dict[str, Any]]:
        """The evidence in the reader's language, each {title, text, source, url}."""
        return [
            {
                part: wording.said_again((item.get("wording") or {}).get(part), item.get(part, ""))
                for part in ("title", "text", "source", "url")
            }
            for item in self.evidence
        ]


class FlagEvent(models.Model):
    """One step of a flag's life: who, when, in whose words. Appended, never changed."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=10, choices=FlagState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)
    is_answer = models.BooleanField(default=False)


class FlagRule(models.Model):
    """A rule that spoke in a question. The conclusion counts for it by `weight`, the share of what was shown in which it spoke."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="spoke")
    rule = models.CharField(max_length=80)
    weight = models.FloatField(default=1.0, help_text="above 0, at most 1")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["flag", "rule"], name="a_rule_speaks_once_in_a_question"),
            models.CheckConstraint(
                condition=models.Q(weight__gt=0) & models.Q(weight__lte=1),
                name="a_rule_speaks_for_a_part_of_a_question",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["rule"])]


class RuleSuspension(models.Model):
    """A rule that was wrong too often: until it is adopted again it opens no questions and weighs nothing."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="rule_suspensions")
    rule = models.CharField(max_length=80)
    suspended_at = models.DateTimeField()
    n_decided = models.FloatField(help_text="decided questions, each by the weight of the rule in it")
    n_false = models.FloatField()
    allowed_share = models.FloatField()
    adopted_at = models.DateTimeField(null=True, blank=True)
    adopted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True, help_text="what was changed before it was adopted again")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "rule"], condition=models.Q(adopted_at=None), name="one_suspension_at_a_time"
            )
        ]
