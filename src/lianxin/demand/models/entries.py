from typing import ClassVar

from django.db import models

from lianxin.demand.models.rounds import Sheet
from lianxin.demand.states import Way
from lianxin.goods.models import Product
from lianxin.retailers.models import Retailer


class Entry(models.Model):
    """One number that an author gave for one line. Appended, never changed: the newest one counts."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="entries")
    line_no = models.PositiveIntegerField(help_text="the line's number on the sheet; never another's")
    retailer = models.ForeignKey(
        Retailer, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="empty for a sum"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    step = models.PositiveSmallIntegerField(default=1)
    units = models.PositiveIntegerField()
    reason = models.CharField(max_length=60, blank=True)
    words = models.CharField(max_length=300, blank=True)
    evidence = models.CharField(
        max_length=300, blank=True, help_text="what it rests on: words, or a page of this system"
    )
    rests_on = models.JSONField(
        default=list, blank=True, help_text="ids of what was shown beside the line: counts, hints"
    )
    way = models.CharField(max_length=8, choices=Way.choices)
    entered_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["sheet", "line_no"])]


class Acceptance(models.Model):
    """Lines of which an author took the system's number as it stood. Appended, never changed.

    `lines` are ranges of the numbers that lines have in their sheet, both ends inclusive: thousands of lines are one row. A number
    entered for a line, before or after, counts instead.
    """

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="acceptances")
    lines = models.JSONField()
    n_lines = models.PositiveIntegerField(help_text="lines that had nothing before")
    at = models.DateTimeField()
