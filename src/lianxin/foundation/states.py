"""Codes that are stored, with their labels, and the states of batches and jobs."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    CUSTOMER_MANAGER = "customer_manager", _("Customer manager")
    MARKET_MANAGER = "market_manager", _("Market manager")
    BRAND_MANAGER = "brand_manager", _("Brand manager")
    SUPERVISION_OFFICER = "supervision_officer", _("Supervision officer")
    ENFORCEMENT_OFFICER = "enforcement_officer", _("Enforcement officer")
    DELIVERY_LEAD = "delivery_lead", _("Delivery lead")
    TRAINER = "trainer", _("Trainer")
    HR = "hr", _("Human resources")
    LEADER = "leader", _("Leader")
    ADMINISTRATOR = "administrator", _("Administrator")
    RETAILER = "retailer", _("Retailer")


class Scope(models.TextChoices):
    """How far a role sees. `team`: the persons who report to one; `unit`: one's unit and those below it."""

    OWN = "own", pgettext_lazy("scope", "Own")
    TEAM = "team", pgettext_lazy("scope", "Team")
    UNIT = "unit", pgettext_lazy("scope", "Unit")
    COMPANY = "company", pgettext_lazy("scope", "Company")
    ALL = "all", pgettext_lazy("scope", "All companies")


class BatchState(models.TextChoices):
    """PREPARED before the facts are committed and COMMITTED after; start-up reconciles what a killed process left."""

    PREPARED = "prepared", _("Prepared")
    COMMITTED = "committed", _("Imported")
    UNDONE = "undone", _("Undone")
    ABANDONED = "abandoned", _("Abandoned")


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Evidence(models.TextChoices):
    """How sure a number is: the marks of the project's reference on the trade."""

    COMPANY = "company", _("Set by the company")
    SOURCED = "S", _("Published page")
    CODE = "C", _("Seen in the trade's code")
    SEED = "D", _("Source documents")
    INFERRED = "I", _("Our inference")
    GENERAL = "G", _("General knowledge, not sourced")
