"""Whom to call in a shop and how it likes to be reached: personal data, kept only to serve and call back this shop."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, ImportBatch, User
from lianxin.retailers.models.masters import Retailer
from lianxin.retailers.states import ContactWay


class RetailerContact(models.Model):
    """The contact of a retailer: one, overwritten, without history; deleted some days after the retailer has closed.

    It is in no list, export, public page or table of the lake, and the audit tells that it changed, never what it says.
    """

    # The journal of a batch keeps what a contact said before, for undoing, and not what it says now.
    journal_keeps_only_before: ClassVar[bool] = True

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="contacts")
    retailer = models.OneToOneField(Retailer, on_delete=models.CASCADE, related_name="contact")
    name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=24, blank=True)
    way = models.CharField(max_length=10, choices=ContactWay.choices, blank=True)
    preferred_time = models.CharField(max_length=60, blank=True)
    words = models.CharField(max_length=200, blank=True)
    as_of = models.DateField(help_text="the day of which it tells: an older file does not overwrite it")
    entered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    entered_at = models.DateTimeField()
    batch = models.ForeignKey(
        ImportBatch, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="the file that it came with; null: entered by a person, or by the retailer itself",
    )  # fmt: skip
    corrected_at = models.DateTimeField(null=True, blank=True, help_text="when the retailer itself put it right")

    class Meta:
        verbose_name = "contact"
