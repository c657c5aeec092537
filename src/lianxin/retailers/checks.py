"""What is valid of retailers and territories, and how phones and opening hours are written."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.states import Status

SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)
MOST_SPANS: Final = 5
PHONE: Final = re.compile(r"\+?[0-9]{5,20}(?:-[0-9]{1,6})?", re.ASCII)
_SAME_SIGN: Final = str.maketrans({"–": "-", "—": "-", "−": "-", "~": "-", "至": "-", "、": ";", "，": ";", ",": ";"})


def opening_hours(text: str) -> str:
    """Opening hours as they are kept: spans such as 07:30-12:00, in order, separated by semicolons; "" for none.

    Whoever is open all day writes 00:00-24:00. Only the last span may go past midnight, until before the first begins.

    Raises
    ------
    Refused : not of this form, no such time of day, or spans that are out of order or meet each other.
    """
    written = "".join(unicodedata.normalize("NFKC", text).translate(_SAME_SIGN).split())
    spans: list[tuple[int, int]] = []
    for part in filter(None, written.split(";")):
        found = SPAN.fullmatch(part)
        if not found:
            raise Refused(
                _("Write opening hours as 07:30-22:00, several spans as 07:30-12:00;14:00-22:00."),
                field="opening_hours",
            )
        hour, minute, last_hour, last_minute = map(int, found.groups())
        begin, end = hour * 60 + minute, last_hour * 60 + last_minute
        if minute > 59 or last_minute > 59 or begin >= 1440 or end > 1440:
            raise Refused(_("There is no such time of day: %(part)s.") % {"part": part}, field="opening_hours")
        spans.append((begin, end))
    if len(spans) > MOST_SPANS:
        raise Refused(_("At most %(n)s spans of opening hours are kept.") % {"n": MOST_SPANS}, field="opening_hours")
    for number, (begin, end) in enumerate(spans):
        past_midnight = end <= begin
        is_last = number == len(spans) - 1
        in_order = number == 0 or begin > spans[number - 1][1]
        if begin == end or not in_order or (past_midnight and not (is_last and end < spans[0][0])):
            raise Refused(
                _("Opening hours must be in the order of the day and not meet each other."), field="opening_hours"
            )
    return ";".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)


def phone(text: str) -> str:
    """A phone number as it is kept: digits, a leading + and an extension after a hyphen; "" for none.

    Raises
    ------
    Refused : it is not one.
    """
    written = unicodedata.normalize("NFKC", text).translate(_SAME_SIGN).strip()
    bare = re.sub(r"[\s()]", "", written)
    head, hyphen, tail = bare.partition("-")
    # 0716-8123456 is area and number; only digits after a whole number are an extension.
    joined = head + tail.replace("-", "", 1) if hyphen and len(head.lstrip("+")) < 5 else bare
    if joined and not PHONE.fullmatch(joined):
        raise Refused(_("This is not a phone number. Write digits only, such as 10000000000."), field="phone")
    return joined


def gap_words(licence_no: str, start: date, until: date) -> str:
    """The sentence about a stretch in which nobody held a retailer."""
    return _("Nobody holds retailer %(licence)s from %(start)s until before %(until)s.") % {
        "licence": licence_no,
        "start": start.isoformat(),
        "until": until.isoformat(),
    }


def territory_faults(company: Company) -> Iterator[str]:
    """A sentence for every gap between two holders of a retailer, and for every day on which two hold one."""
    last: tuple[int, date | None] | None = None
    rows = (
        Territory.objects.filter(retailer__company=company)
        .order_by("retailer_id", "valid_from")
        .values_list("retailer_id", "valid_from", "valid_until", "retailer__licence_no")
    )
    for retailer_id, start, until, licence_no in rows.iterator(chunk_size=5000):
        if last is not None and last[0] == retailer_id:
            if last[1] is None or last[1] > start:
                yield _("Two persons hold retailer %(licence)s on %(day)s.") % {
                    "licence": licence_no,
                    "day": start.isoformat(),
                }
            elif last[1] < start:
                yield gap_words(licence_no, last[1], start)
        last = retailer_id, until


def retailers_without_holder(company: Company, *, on: date) -> list[str]:
    """Licence numbers of the active retailers that nobody holds on a day."""
    newest: dict[int, tuple[str, str]] = {}
    rows = (
        RetailerVersion.objects.filter(retailer__company=company, valid_from__lte=on)
        .order_by("valid_from")
        .values_list("retailer_id", "licence_no", "status")
    )
    for retailer_id, licence_no, status in rows.iterator(chunk_size=5000):
        newest[retailer_id] = licence_no, status
    held = {
        retailer_id
        for retailer_id, until in Territory.objects.filter(retailer__company=company, valid_from__lte=on).values_list(
            "retailer_id", "valid_until"
        )
        if until is None or until > on
    }
    return sorted(
        licence_no
        for retailer_id, (licence_no, status) in newest.items()
        if status == Status.ACTIVE and retailer_id not in held
    )
