"""How a retailer reaches its own pages: codes that are handed out, sessions they open, and wrong tries that are counted."""

from typing import ClassVar

from django.db import models

from lianxin.foundation.models import Company, User
from lianxin.retailers.models.masters import Retailer
from lianxin.retailers.states import CodeForm, CodePurpose, Entrance


class CodeBatch(models.Model):
    """Codes made for many retailers at once: who made them, for whom, in which form. The codes themselves are kept nowhere."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="code_batches")
    purpose = models.CharField(max_length=10, choices=CodePurpose.choices)
    form = models.CharField(max_length=10, choices=CodeForm.choices)
    selection = models.JSONField(default=dict, help_text="what the retailers were chosen by")
    n_codes = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class AccessCode(models.Model):
    """One retailer's key for one purpose. At most one of a purpose is open; making another ends it.

    For signing in, `digest` is that of the digits, and the signed link of the same slip opens the same row: whichever comes first
    uses up both. A link that only reads has no digits and may be opened again until its day.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="access_codes")
    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="access_codes")
    batch = models.ForeignKey(CodeBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="codes")
    purpose = models.CharField(max_length=10, choices=CodePurpose.choices)
    digest = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["retailer", "purpose"],
                condition=models.Q(used_at=None, revoked_at=None),
                name="one_open_code_a_retailer_and_purpose",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["company", "made_at"])]


class RetailerSession(models.Model):
    """A retailer signed in on one browser: apart from the staff's sessions, short, and shown to the retailer itself."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="retailer_sessions")
    retailer = models.ForeignKey(Retailer, on_delete=models.CASCADE, related_name="sessions")
    code = models.ForeignKey(AccessCode, on_delete=models.CASCADE, related_name="sessions")
    digest = models.CharField(max_length=64, unique=True)
    entrance = models.CharField(max_length=10, choices=Entrance.choices)
    opened_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)


class SignInTry(models.Model):
    """A try to sign in with digits. Keys are keyed digests: of the licence as typed (known or not), and of address or device."""

    licence_key = models.CharField(max_length=32)
    place_key = models.CharField(max_length=32)
    is_known_device = models.BooleanField(default=False)
    at = models.DateTimeField(db_index=True)
    succeeded = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["licence_key", "at"]), models.Index(fields=["place_key", "at"])]
