"""Surveys and their anonymous questionnaires. No row knows the retailer, the day or the place."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.voice.states import Scale


class Survey(models.Model):
    """What was asked in a month. One a month, so that all who are compared were asked the same."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="surveys")
    month = models.DateField()
    name = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "month"], name="one_survey_a_month"),
            models.CheckConstraint(condition=models.Q(month__day=1), name="survey_month_is_a_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.name}"


class Release(models.Model):
    """Its office said that a month's survey is whole: from then on it counts, and nothing is added to it or changed in it.

    Two versions of a figure that differ by one questionnaire tell its answers by subtraction. The row stays when the survey is
    taken out; a survey of which a part was taken out after its release counts no more.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField()
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "month"], name="one_release_a_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Sheet(models.Model):
    """One questionnaire about one manager. `number` is what the office calls it; who filled it in stays with the office."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="sheets")
    number = models.CharField(max_length=40)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["survey", "number"], name="one_sheet_a_number")]

    def __str__(self) -> str:
        return self.number


class Answer(models.Model):
    """The answer to one item. `answer_milli`: a thousand times the level from 1 to 5, or times the points from 0 to 100."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="answers")
    dimension = models.CharField(max_length=40)
    item = models.CharField(max_length=60)
    scale = models.CharField(max_length=10, choices=Scale.choices)
    answer_milli = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "item"], name="one_answer_an_item"),
            models.CheckConstraint(
                condition=models.Q(scale=Scale.FIVE, answer_milli__in=[1000, 2000, 3000, 4000, 5000])
                | models.Q(scale=Scale.HUNDRED, answer_milli__gte=0, answer_milli__lte=100_000),
                name="answer_fits_its_scale",
            ),
        ]

    def __str__(self) -> str:
        return self.item
