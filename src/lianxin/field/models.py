from typing import ClassVar

from django.db import models

from lianxin.field.states import Verdict
from lianxin.foundation.models import Company, User


class Device(models.Model):
    """A phone or browser that signed in to the field app."""

    id = models.CharField(max_length=40, primary_key=True, help_text="made by the device")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="devices")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=120, blank=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()


class Pushed(models.Model):
    """A record that a phone sent, by its client-made id: applied once, answered the same at every repetition."""

    id = models.CharField(max_length=40, primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="pushed")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="pushed")
    device = models.ForeignKey(Device, null=True, on_delete=models.SET_NULL, related_name="pushed")
    verb = models.CharField(max_length=60)
    body_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    received_at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    answer = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "user", "received_at"])]


class PhotoPart(models.Model):
    """A part of a photograph that has arrived; the parts become a file when the last one is here."""

    photo_id_said = models.CharField(max_length=40)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="photo_parts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    offset = models.PositiveIntegerField()
    n_bytes = models.PositiveIntegerField()
    path = models.CharField(max_length=200)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["photo_id_said", "offset"], name="one_part_an_offset")]
