"""What a cell may say: text, numbers, money, days, months, codes. A reader returns the value or raises CellWrong.

Cells come as text (CSV) or typed (XLSX, Parquet). Nothing is guessed: what can be read in two ways is refused.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext as _

NUMBER = re.compile(r"([+-]?)(?:(\d{1,3}(?:,\d{3})+)|(\d+))?(\.\d+)?", re.ASCII)
YEAR_FIRST = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2})|年(\d{1,2})月(\d{1,2})日)"
    r"(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?",
    re.ASCII,
)
YEAR_MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|(\d{2})|年(\d{1,2})月)", re.ASCII)
DAMAGED_NUMBER = re.compile(r"\d(?:\.\d+)?[eE]\+\d+", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1900, 2200
INT32 = 2**31 - 1
WEEKDAYS: Final = {
    **{str(number): number for number in range(1, 8)},
    **{f"{prefix}{sign}": n for prefix in ("周", "星期", "礼拜") for n, sign in enumerate("一二三四五六日", 1)},
    **{f"{prefix}天": 7 for prefix in ("周", "星期", "礼拜")},
    **{f"週{sign}": n for n, sign in enumerate("一二三四五六日", 1)},
    **{
        written: n
        for n, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), 1)
        for written in (name, name[:3])
    },
}


class CellWrong(Exception):
    """Why a cell is refused: a sentence."""


@dataclass(frozen=True)
class Formats:
    """How a file writes things, beside what is always understood.

    dates : `strptime` formats tried before the usual year-first ones
    currency_signs : signs that may stand before or after an amount
    """

    dates: tuple[str, ...] = ()
    currency_signs: tuple[str, ...] = ()


Reader = Callable[[Any, Formats], Any]


def plain(raw: Any) -> str:
    """The cell as trimmed text; "" for an empty one. A whole number in a spreadsheet has no decimal point."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    if isinstance(raw, datetime):
        return raw.date().isoformat() if (raw.hour, raw.minute, raw.second) == (0, 0, 0) else raw.isoformat(" ")
    return str(raw)


def text(longest: int) -> Reader:
    """A reader of names and notes up to a length."""

    def read(raw: Any, formats: Formats) -> str:
        written = unicodedata.normalize("NFC", plain(raw))
        if len(written) > longest:
            raise CellWrong(
                _("It has %(n)s signs; at most %(longest)s are kept.") % {"n": len(written), "longest": longest}
            )
        if any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r" for sign in written):
            raise CellWrong(_("It contains control signs that cannot be shown."))
        return " ".join(written.split())

    return read


def key(longest: int) -> Reader:
    """A reader of numbers and codes that name something: kept as written, leading zeros included."""
    read_text = text(longest)

    def read(raw: Any, formats: Formats) -> str:
        written: str = unicodedata.normalize("NFKC", str(read_text(raw, formats)))
        if DAMAGED_NUMBER.fullmatch(written):
            raise CellWrong(
                _("A spreadsheet has shortened this number. Format the column as text and enter it in full.")
            )
        return written

    return read


def decimal(raw: Any, formats: Formats) -> Decimal:
    """A number. "1,234" is one thousand and so on; "1,23" and "1.234,5" can be read in two ways and are refused."""
    if isinstance(raw, bool):
        raise CellWrong(_("This is not a number."))
    if isinstance(raw, int | Decimal):
        return Decimal(raw)
    if isinstance(raw, float):
        if raw != raw or raw in (float("inf"), float("-inf")):
            raise CellWrong(_("This is not a number."))
        # Spreadsheets keep 0.1 + 0.2 as 0.30000000000000004; people mean 0.3.
        return Decimal(repr(round(raw, 9)))
    written = unicodedata.normalize("NFKC", plain(raw)).replace("−", "-")
    found = NUMBER.fullmatch(written)
    if not found or not (found[2] or found[3] or found[4]):
        if re.fullmatch(r"[+-]?[\d.,]+", written):
            raise CellWrong(_("This number can be read in more than one way. Write it as 1234.50 or 1,234.50."))
        raise CellWrong(_("This is not a number."))
    try:
        return Decimal(written.replace(",", ""))
    except InvalidOperation as error:  # pragma: no cover - the pattern lets only numbers through
        raise CellWrong(_("This is not a number.")) from error


def real(least: float, most: float) -> Reader:
    """A reader of numbers with decimals within bounds."""

    def read(raw: Any, formats: Formats) -> float:
        number = float(decimal(raw, formats))
        if not least <= number <= most:
            raise CellWrong(
                _("It is out of range: %(least)s to %(most)s.") % {"least": f"{least:g}", "most": f"{most:g}"}
            )
        return number

    return read


def fast(pattern: str, direct: Callable[[str], Any], read: Reader) -> Reader:
    """A reader that takes cells of the plainest form at once and leaves every other to the careful one.

    Parameters
    ----------
    pattern : cells that `direct` reads as `read` would
    """
    plainest = re.compile(pattern, re.ASCII).fullmatch

    def quickly(raw: Any, formats: Formats) -> Any:
        return direct(raw) if type(raw) is str and plainest(raw) else read(raw, formats)

    return quickly


def share_or_number(raw: Any, formats: Formats) -> float:
    """A number, or a percentage such as 25 %, which is 0.25."""
    written = plain(raw)
    if written.endswith(("%", "％")):
        return float(decimal(written[:-1].strip(), formats) / 100)
    return float(decimal(raw, formats))


def whole(least: int = -INT32, most: int = INT32) -> Reader:
    """A reader of whole numbers within bounds."""

    def read(raw: Any, formats: Formats) -> int:
        number = decimal(raw, formats)
        if number != number.to_integral_value():
            raise CellWrong(_("It must be a whole number."))
        if not least <= number <= most:
            raise CellWrong(_("It is out of range: %(least)s to %(most)s.") % {"least": least, "most": most})
        return int(number)

    return read


def fen(raw: Any, formats: Formats) -> int:
    """An amount of money with at most two places, as hundredths."""
    written = raw
    if isinstance(raw, str):
        written = unicodedata.normalize("NFKC", raw).strip()
        for sign in formats.currency_signs:
            bare = unicodedata.normalize("NFKC", sign)
            negative = written.startswith("-" + bare)
            written = written[1:].strip() if negative else written
            written = written.removeprefix(bare).removesuffix(bare).strip()
            written = "-" + written if negative else written
    amount = decimal(written, formats) * 100
    if amount != amount.to_integral_value():
        raise CellWrong(_("An amount has at most two decimal places."))
    if abs(amount) > 10**15:
        raise CellWrong(_("This amount is too large to be one."))
    return int(amount)


def positive_fen(raw: Any, formats: Formats) -> int:
    """A price: an amount of money that is not negative."""
    amount = fen(raw, formats)
    if amount < 0:
        raise CellWrong(_("A price is not negative."))
    return amount


def day(raw: Any, formats: Formats) -> date:
    """A day of the calendar."""
    if isinstance(raw, datetime):
        if (raw.hour, raw.minute, raw.second, raw.microsecond) != (0, 0, 0, 0):
            raise CellWrong(_("It has a time of day; only a date is meant here."))
        return _within(raw.date())
    if isinstance(raw, date):
        return _within(raw)
    if not isinstance(raw, str):
        raise CellWrong(_("This is a number, not a date. Format the column as a date or as text: 2021-12-31."))
    return _day_of_text(raw.strip(), formats.dates)


@lru_cache(maxsize=20_000)
def _day_of_text(written: str, others: tuple[str, ...]) -> date:
    for form in others:
        try:
            return _within(datetime.strptime(written, form).date())  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    found = YEAR_FIRST.fullmatch(unicodedata.normalize("NFKC", written))
    if not found:
        raise CellWrong(_("This is not a date. Write it as 2021-12-31."))
    year, month, number = (
        int(part) for part in (found[1], found[3] or found[5] or found[7], found[4] or found[6] or found[8])
    )
    try:
        return _within(date(year, month, number))
    except ValueError as error:
        raise CellWrong(_("There is no such day in the calendar.")) from error


def _within(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise CellWrong(_("The year is out of range."))
    return value


def month(raw: Any, formats: Formats) -> date:
    """The first day of a month: 2021-12, 2021年12月, or any day in it."""
    if isinstance(raw, str):
        found = YEAR_MONTH.fullmatch(unicodedata.normalize("NFKC", raw.strip()))
        if found:
            number = int(found[2] or found[3] or found[4])
            if not 1 <= number <= 12:
                raise CellWrong(_("There is no such month."))
            return _within(date(int(found[1]), number, 1))
    return day(raw, formats).replace(day=1)


def weekday(raw: Any, formats: Formats) -> int:
    """1 for Monday to 7 for Sunday, from the number or a Chinese or English name."""
    found = WEEKDAYS.get(plain(raw).lower())
    if found is None:
        raise CellWrong(_("Write the weekday as 1 (Monday) to 7 (Sunday), or by its name."))
    return found


def choice(codes: Mapping[str, str]) -> Reader:
    """A reader of one of some codes. `codes`: what may be written (folded: lower case, no punctuation) -> code."""

    def read(raw: Any, formats: Formats) -> str:
        found = codes.get(folded(plain(raw)))
        if found is None:
            allowed = ", ".join(dict.fromkeys(codes.values()))
            raise CellWrong(_("It must be one of: %(allowed)s.") % {"allowed": allowed})
        return found

    return read


def folded(written: str) -> str:
    """Text without case, spaces and punctuation, to compare what people write with codes."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", written).lower() if sign.isalnum())


def codes_of(values: list[str]) -> dict[str, str]:
    """The mapping that `choice` wants, for codes that are written as they are."""
    return {folded(value): value for value in values}
