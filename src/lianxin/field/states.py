from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    """What became of a record that a phone sent."""

    APPLIED = "applied", _("Sent")
    REFUSED = "refused", _("Not taken")
    CONFLICT = "conflict", _("Conflict")
