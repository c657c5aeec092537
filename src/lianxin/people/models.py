"""Units, persons and the posts they hold, all dated: a fact belongs to whoever held the post on its day."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.people.states import Post, UnitKind


class Unit(models.Model):
    """A part of the company. `code` is also its name on screens."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="units")
    code = models.CharField(max_length=80)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    kind = models.CharField(max_length=20, choices=UnitKind.choices, default=UnitKind.MARKET_UNIT)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="one_unit_a_code")]

    def __str__(self) -> str:
        return self.code


class Person(models.Model):
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="persons")
    employee_no = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "employee_no"], name="one_person_a_number")]

    def __str__(self) -> str:
        return self.name


class Posting(models.Model):
    """A post held in a unit from a day until a day (exclusive; null = open)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="postings")
    post = models.CharField(max_length=30, choices=Post.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="postings")
    reports_to = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "valid_from"], name="one_posting_a_start"),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gt=models.F("valid_from")),
                name="posting_ends_after_it_starts",
            ),
        ]
