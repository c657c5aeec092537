"""Surveys of satisfaction by command: `lianxin survey release`."""

import click
from django.utils.translation import gettext as _

from lianxin.cli.choices import company_option
from lianxin.cli.operations import require_ready
from lianxin.foundation import clock
from lianxin.foundation.models import Company
from lianxin.voice import actions, queries


@click.group("survey", help="Surveys of satisfaction.\n\nExample: lianxin survey release 2021-12")
def survey() -> None:
    require_ready()


@survey.command(
    "release",
    help="Say that the survey of a month is whole: it counts from now on, and nothing is added to it or changed in it any more."
    "\n\nExample: lianxin survey release 2021-12",
)
@click.argument("month")
@company_option
def release(month: str, company: Company) -> None:
    found = queries.survey_of(company, month)
    actions.release(survey=found, by=None, at=clock.now(), on=clock.today(company))
    click.echo(_("Released: %(survey)s") % {"survey": found})


COMMANDS = [survey]
