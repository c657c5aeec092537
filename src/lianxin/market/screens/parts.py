"""What the parts of files share."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from lianxin.foundation.models import Company
from lianxin.market.queries.asking import months_known


def newest_month(company: Company) -> date | None:
    months = months_known(company)
    return months[-1] if months else None


def no_sales(request: HttpRequest) -> HttpResponse:
    return render(request, "market/part_empty.html", {"text": _("There are no sales to show yet.")})
