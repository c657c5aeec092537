from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Standing(models.TextChoices):
    """How far a survey is. Only a released one counts; one of which a part was taken out after that counts no more."""

    DRAFT = "draft", pgettext_lazy("a survey", "Not released")
    RELEASED = "released", pgettext_lazy("a survey", "Released")
    WITHDRAWN = "withdrawn", pgettext_lazy("a survey", "Taken out")


class Scale(models.TextChoices):
    """How an answer is given. The codes of the table `satisfaction_answers`."""

    FIVE = "five", _("Five levels, 5 the best")
    HUNDRED = "hundred", _("0 to 100")
