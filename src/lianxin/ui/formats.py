"""How numbers and dates are written for people; one place, so that a screen, a tooltip and a test agree."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils import dateformat, timezone
from django.utils.translation import gettext, pgettext

Number = int | float | Decimal

# The minus sign is as wide as the plus sign, so that signed columns align; a hyphen is not.
MINUS = "\u2212"
SYMBOLS = {"CNY": "¥", "USD": "$", "HKD": "HK$", "EUR": "€"}


def rounded(value: Number, decimals: int) -> Decimal:
    """The value rounded half to even in decimal notation, so that 0.125 does not depend on its binary form."""
    exact = (
        value if isinstance(value, Decimal) else Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    )
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)


def number(value: Number, decimals: int = 0, *, signed: bool = False) -> str:
    """`48,210`, `−6.1`, signed `+3.2`; zero has no sign."""
    shown = rounded(value, decimals)
    text = f"{abs(shown):,.{decimals}f}"
    if shown < 0:
        return MINUS + text
    return f"+{text}" if signed and shown > 0 else text


def share(value: Number, decimals: int = 1, *, signed: bool = False) -> str:
    """A share in [0, 1] (or a change) as a percentage: `31.0%`."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return number(exact * 100, decimals, signed=signed) + "%"


def points(value: Number, decimals: int = 1) -> str:
    """A difference of two shares, in percentage points, always with its sign."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return gettext("%(number)s pp") % {"number": number(exact * 100, decimals, signed=True)}


def money(value: Number, currency: str = "CNY", decimals: int = 2) -> str:
    """An amount in currency units: `¥1,234.50`; an unknown currency is named after the amount."""
    shown = rounded(value, decimals)
    text = number(abs(shown), decimals)
    sign = MINUS if shown < 0 else ""
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {currency}".rstrip()


def quantity(value: Number, unit: str = "", decimals: int = 0) -> str:
    """A quantity with the company's name of the unit: `48,210 条`."""
    return f"{number(value, decimals)} {unit}".rstrip()


def month(value: date) -> str:
    """`2021年12月` or `December 2021`, by the language of the page."""
    # Translators: Django date format of a month and year.
    return dateformat.format(value, pgettext("month and year", "F Y"))


def day(value: date) -> str:
    return value.isoformat()[:10]


def instant(value: datetime) -> str:
    """Date and minute in the time zone of the page."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return local.strftime("%Y-%m-%d %H:%M")


def duration(seconds: Number) -> str:
    """Roughly how long, in the largest unit that fits: people plan by it, they do not measure by it."""
    whole = max(0, round(seconds))
    if whole < 60:
        return gettext("%(n)d s") % {"n": whole}
    if whole < 3600:
        return gettext("%(n)d min") % {"n": round(whole / 60)}
    return gettext("%(n)s h") % {"n": number(whole / 3600, 1)}
