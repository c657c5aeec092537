"""What an administrator or an office prepares for visits. Everything is dated; nothing in use is deleted."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.people.models import Unit
from lianxin.visits.states import QuestionKind


class VisitType(models.Model):
    """An ordered list of actions, in versions: a visit keeps the version it was made by."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="visit_types")
    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=80)
    actions = models.JSONField(help_text="[{kind: ActionKind, required: bool, ...options}], in order")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "code", "version"], name="one_visit_type_a_version")
        ]

    def __str__(self) -> str:
        return self.name


class Theme(models.Model):
    """What visits of a period are about, with talking points; for the whole company or one unit."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="visit_themes")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    talking_points = models.JSONField(default=list, help_text="[text]")
    valid_from = models.DateField()
    valid_until = models.DateField(help_text="exclusive")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.title


class DayQuestion(models.Model):
    """A question that managers ask or answer in the shops from a day until a day (exclusive)."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="day_questions")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=QuestionKind.choices)
    options = models.JSONField(default=list, blank=True, help_text="[text], for a choice")
    valid_from = models.DateField()
    valid_until = models.DateField(help_text="exclusive")
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.text


class Policy(models.Model):
    """What every retailer is to be told, with one question that shows whether it was understood."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="policies")
    title = models.CharField(max_length=120)
    text = models.TextField()
    check_question = models.CharField(max_length=300, blank=True)
    check_answers = models.JSONField(default=list, blank=True, help_text="[{text, right: bool}]")
    valid_from = models.DateField()
    tell_until = models.DateField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.title
