from django.db import models
from django.utils.translation import gettext_lazy as _


class Post(models.TextChoices):
    CUSTOMER_MANAGER = "customer_manager", _("Customer manager")
    MARKET_MANAGER = "market_manager", _("Market manager")
    BRAND_MANAGER = "brand_manager", _("Brand manager")
    SUPERVISION_OFFICER = "supervision_officer", _("Supervision officer")
    ENFORCEMENT_OFFICER = "enforcement_officer", _("Enforcement officer")
    DELIVERY_LEAD = "delivery_lead", _("Delivery lead")
    TRAINER = "trainer", _("Trainer")
    HR = "hr", _("Human resources")
    LEADER = "leader", _("Leader")


class UnitKind(models.TextChoices):
    COMPANY = "company", _("Company")
    DEPARTMENT = "department", _("County department")
    MARKET_UNIT = "market_unit", _("Market unit")
    OFFICE = "office", _("Office")
