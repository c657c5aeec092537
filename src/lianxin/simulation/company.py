"""The settings of the fictional company: what an administrator would have typed in."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from lianxin.simulation.catalogue import KEY_PRODUCTS


@dataclass(frozen=True, slots=True)
class Holiday:
    name: str
    first: date
    last: date


# Public holidays as the State Council's General Office announced them for 2020 and 2021
# (the Spring Festival of 2020 with its later extension to 2 February).
HOLIDAYS = (
    Holiday("元旦", date(2020, 1, 1), date(2020, 1, 1)),
    Holiday("春节", date(2020, 1, 24), date(2020, 2, 2)),
    Holiday("清明节", date(2020, 4, 4), date(2020, 4, 6)),
    Holiday("劳动节", date(2020, 5, 1), date(2020, 5, 5)),
    Holiday("端午节", date(2020, 6, 25), date(2020, 6, 27)),
    Holiday("国庆节、中秋节", date(2020, 10, 1), date(2020, 10, 8)),
    Holiday("元旦", date(2021, 1, 1), date(2021, 1, 3)),
    Holiday("春节", date(2021, 2, 11), date(2021, 2, 17)),
    Holiday("清明节", date(2021, 4, 3), date(2021, 4, 5)),
    Holiday("劳动节", date(2021, 5, 1), date(2021, 5, 5)),
    Holiday("端午节", date(2021, 6, 12), date(2021, 6, 14)),
    Holiday("中秋节", date(2021, 9, 19), date(2021, 9, 21)),
    Holiday("国庆节", date(2021, 10, 1), date(2021, 10, 7)),
)
# Saturdays and Sundays worked in exchange.
EXTRA_WORKDAYS = (
    date(2020, 1, 19),
    date(2020, 4, 26),
    date(2020, 5, 9),
    date(2020, 6, 28),
    date(2020, 9, 27),
    date(2020, 10, 10),
    date(2021, 2, 7),
    date(2021, 2, 20),
    date(2021, 4, 25),
    date(2021, 5, 8),
    date(2021, 9, 18),
    date(2021, 9, 26),
    date(2021, 10, 9),
)


@dataclass(frozen=True, slots=True)
class CompanySettings:
    code: str
    name: str
    time_zone: str
    currency: str
    order_unit: str
    # Order units in one of the larger unit.
    conversions: dict[str, int]
    holidays: tuple[Holiday, ...]
    extra_workdays: tuple[date, ...]
    order_weekdays: tuple[int, ...]
    # Values for the dated parameters of the same names.
    parameters: dict[str, Any] = field(default_factory=dict)
    parameters_from: date = date(2020, 1, 1)


SETTINGS = CompanySettings(
    code="linjiang",
    name="临江市烟草公司（虚构）",
    time_zone="Asia/Shanghai",
    currency="CNY",
    order_unit="条",
    conversions={"条": 1, "件": 50, "箱": 250},
    holidays=HOLIDAYS,
    extra_workdays=EXTRA_WORKDAYS,
    order_weekdays=(1, 2, 3, 4, 5),
    parameters={
        "measuring.key_products": list(KEY_PRODUCTS),
        "measuring.large_retailer_units": 1000,
        "measuring.new_product_long_classes": ["一类", "二类"],
    },
)

_DAYS_OFF = frozenset(
    holiday.first + timedelta(days=n) for holiday in HOLIDAYS for n in range((holiday.last - holiday.first).days + 1)
)


def is_working_day(day: date) -> bool:
    if day in EXTRA_WORKDAYS:
        return True
    return day.isoweekday() <= 5 and day not in _DAYS_OFF
