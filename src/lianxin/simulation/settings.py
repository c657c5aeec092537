"""What an administrator would type in for a demonstration company, in the words of the house's settings."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from lianxin.simulation import company as linjiang_company
from lianxin.simulation.living import LINJIANG_TODAY, Living


@dataclass(frozen=True)
class DemoSettings:
    """A demonstration company. `company` are names of `foundation.actions.change_settings`."""

    code: str
    name: str
    company: dict[str, Any]
    parameters: dict[str, Any]
    parameters_from: date
    parameters_source: str
    scheme: str
    scheme_from: date
    last_month: date
    months_closed: int
    # Months of visits that come with it, counted back from the last one; none where nobody can know of visits.
    months_of_fieldwork: int = 0
    # Months in which retailers were asked how satisfied they are.
    months_of_surveys: tuple[date, ...] = ()
    # Half years for which the company agreed with its suppliers.
    halves_agreed: tuple[str, ...] = ()
    # What lies on the desks on the day on which it is opened; nothing where that would be said of real shops.
    today: Living | None = None
    calendar: tuple[tuple[date, bool, str], ...] = field(default=())


def _linjiang_calendar() -> tuple[tuple[date, bool, str], ...]:
    off = [
        (holiday.first + timedelta(days=n), False, holiday.name)
        for holiday in linjiang_company.HOLIDAYS
        for n in range((holiday.last - holiday.first).days + 1)
    ]
    return (*off, *((day, True, "调休上班") for day in linjiang_company.EXTRA_WORKDAYS))


LINJIANG: Final = DemoSettings(
    code=linjiang_company.SETTINGS.code,
    name=linjiang_company.SETTINGS.name,
    company={
        "name_en": "Linjiang Tobacco Company (fictional)",
        "time_zone": linjiang_company.SETTINGS.time_zone,
        "currency": linjiang_company.SETTINGS.currency,
        "currency_symbol": "¥",
        "order_unit": "条",
        "order_unit_en": "cartons",
        "unit_conversions": [
            {"name": "件", "name_en": "cases", "order_units": 50},
            {"name": "箱", "name_en": "statistical cases", "order_units": 250},
        ],
        "invented_notice": "演示数据：临江市的公司、人员、零售客户、品牌和订单都是虚构的。",
        "invented_notice_en": "Demonstration: the company, people, retailers, brands and orders of Linjiang are invented.",
    },
    # Nobody of flesh and blood was at these places, so that the positions may stay as long as the demonstration.
    parameters={**linjiang_company.SETTINGS.parameters, "field.position_days": 3650},
    parameters_from=linjiang_company.SETTINGS.parameters_from,
    parameters_source="演示设定（虚构公司） / demonstration setting of the fictional company",
    scheme="order_lines",
    scheme_from=date(2021, 1, 1),
    last_month=date(2021, 12, 1),
    months_closed=3,
    months_of_fieldwork=3,
    # None in November, so that the page shows a month that was not measured.
    halves_agreed=("2021H1", "2021H2"),
    months_of_surveys=(date(2021, 10, 1), date(2021, 12, 1)),
    today=LINJIANG_TODAY,
    calendar=_linjiang_calendar(),
)
