"""What is handed to retailers: slips with large digits and a square pattern, or rows for the company's own messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import segno
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from lianxin.retailers.actions.codes import Slip
from lianxin.ui.tables import Column


@dataclass(frozen=True, slots=True)
class Printed:
    """A slip as it is printed: the digits in two groups of four, the link as a picture."""

    name: str
    licence_no: str
    digits: str
    link: str
    picture: SafeString
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A slip as a row of a spreadsheet."""

    licence_no: str
    name: str
    digits: str
    link: str
    expires_at: str


def link_address(request: HttpRequest, slip: Slip) -> str:
    """The whole address of a slip's link."""
    return request.build_absolute_uri(reverse("own:link", args=[slip.link]))


def square(text: str) -> SafeString:
    """A QR code as an inline picture without style, script or address of its own."""
    drawn = segno.make_qr(text, error="m", boost_error=False)
    return mark_safe(drawn.svg_inline(omitsize=True, border=4, svgclass="lx-square", lineclass="lx-squareline"))  # noqa: S308


def slips_to_print(request: HttpRequest, slips: Sequence[Slip]) -> list[Printed]:
    """The slips in the order given."""
    return [
        Printed(
            name=slip.retailer.name,
            licence_no=slip.retailer.licence_no,
            digits=f"{slip.digits[:4]} {slip.digits[4:]}".strip(),
            link=(link := link_address(request, slip)),
            picture=square(link),
            expires_at=slip.expires_at,
        )
        for slip in slips
    ]


def slips_as_rows(request: HttpRequest, slips: Sequence[Slip]) -> tuple[list[Column], list[SlipRow]]:
    """Columns and rows of the spreadsheet from which a company sends its messages."""
    columns = [
        Column(key="licence_no", title=_("Licence")),
        Column(key="name", title=_("Retailer")),
        Column(key="digits", title=_("Sign-in code")),
        Column(key="link", title=_("Link")),
        Column(key="expires_at", title=_("Usable until")),
    ]
    rows = [
        SlipRow(
            slip.retailer.licence_no,
            slip.retailer.name,
            slip.digits,
            link_address(request, slip),
            timezone.localtime(slip.expires_at).strftime("%Y-%m-%d %H:%M"),
        )
        for slip in slips
    ]
    return columns, rows
