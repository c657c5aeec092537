from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


class Datum(models.TextChoices):
    """The datum in which a place was given. Stored places are WGS-84 always; GCJ-02 is converted when it comes in."""

    WGS84 = "wgs84", "WGS-84"
    GCJ02 = "gcj02", "GCJ-02"
    BD09 = "bd09", "BD-09"


# Codes of trade forms and market types that we have words for; a company's own words are shown as they came.
KNOWN_WORDS = {
    "grocery": _("grocery"),
    "convenience": _("convenience store"),
    "supermarket": _("supermarket"),
    "mall": _("department store"),
    "tobacco_liquor": _("tobacco and liquor shop"),
    "entertainment": _("entertainment"),
    "other": _("other trade form"),
    "urban": _("town"),
    "rural": _("country"),
}


class CodePurpose(models.TextChoices):
    """What a code or link is for, and so what it opens."""

    SIGN_IN = "sign_in", _("Signing in, once")
    SUPPLY = "supply", _("Reading the own supply, until its day")


class CodeForm(models.TextChoices):
    SLIPS = "slips", _("Slips to print")
    XLSX = "xlsx", _("A spreadsheet for your own messages")
    API = "api", _("By the API")


class Entrance(models.TextChoices):
    """How a retailer came in."""

    CODE = "code", _("by licence number and code")
    LINK = "link", _("by the link of the slip")
    READING = "reading", _("by a link that only reads")


class ContactWay(models.TextChoices):
    """How a retailer prefers to be reached."""

    PHONE = "phone", _("by phone")
    WECHAT = "wechat", _("by WeChat")
    VISIT = "visit", _("by a visit")
    SMS = "sms", _("by text message")
