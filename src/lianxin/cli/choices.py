"""Options that many commands share: the company, a day, a month, a company day of today."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import click

from lianxin.foundation import queries
from lianxin.foundation.models import Company

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a day. Write it like 2021-12-31.", param, ctx)


class Month(click.ParamType):
    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value.replace(day=1)
        try:
            return date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value} is not a month. Write it like 2021-12.", param, ctx)


class CompanyCode(click.ParamType):
    name = "CODE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Company:
        return value if isinstance(value, Company) else queries.company_named(value or None)


def company_option(command: Command) -> Command:
    """`--company CODE`, handed to the command as `company: Company`; the only company when it is left out."""
    return click.option(
        "--company",
        type=CompanyCode(),
        default="",
        show_default=False,
        help="Code of the company; the only one by default.",
    )(command)
