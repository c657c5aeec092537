from django.db import models
from django.utils.translation import gettext_lazy as _


class Scale(models.TextChoices):
    """How an answer is given. The codes of the table `satisfaction_answers`."""

    FIVE = "five", _("Five levels, 5 the best")
    HUNDRED = "hundred", _("0 to 100")
