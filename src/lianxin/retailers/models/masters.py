"""Retailers keep their identity through a change of licence; everything else about them is dated."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company
from lianxin.people.models import Person
from lianxin.retailers.states import Datum, Status


class Retailer(models.Model):
    """The identity. `licence_no` and `name` repeat the newest version, for lists and search."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="retailers")
    licence_no = models.CharField(max_length=40)
    name = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "licence_no"], name="one_retailer_a_licence")
        ]
        indexes: ClassVar = [models.Index(fields=["company", "name"])]

    def __str__(self) -> str:
        return self.name


class Licence(models.Model):
    """A licence number under which a retailer is or was known; lines of an old number find their retailer here."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="licences")
    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="licences")
    licence_no = models.CharField(max_length=40)
    valid_from = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "licence_no"], name="one_licence_a_number")]


class RetailerVersion(models.Model):
    """What was true of a retailer from a day on, until the next version."""

    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateField()
    licence_no = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=300, blank=True)
    town = models.CharField(max_length=80, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    datum = models.CharField(max_length=10, choices=Datum.choices, default=Datum.WGS84)
    trade_form = models.CharField(max_length=40, blank=True)
    market_type = models.CharField(max_length=40, blank=True)
    trade_area = models.CharField(max_length=40, blank=True)
    tier = models.SmallIntegerField(null=True, blank=True)
    route = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    order_weekday = models.SmallIntegerField(null=True, blank=True, help_text="1 = Monday … 7 = Sunday")
    opening_hours = models.CharField(max_length=60, blank=True, help_text="such as 07:30-12:00;14:00-22:00")
    opened_on = models.DateField(
        null=True, blank=True, help_text="the day of its first licence, or on which it began to trade"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["retailer", "valid_from"], name="one_retailer_version_a_day")
        ]


class Territory(models.Model):
    """A retailer held by a person from a day until a day (exclusive; null = open). Two never overlap (checks.py)."""

    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="territories")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="territories")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["retailer", "valid_from"], name="one_holder_a_start"),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gt=models.F("valid_from")),
                name="territory_ends_after_it_starts",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["person", "valid_from"])]
