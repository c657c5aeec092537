"""Forgetting on time: `lianxin forget`, at once instead of when a worker comes to it."""

import click
from django.utils.translation import gettext as _

from lianxin.cli.operations import require_ready
from lianxin.foundation import clock, jobs
from lianxin.foundation.models import Company


@click.command(
    help="Do the daily work of every company now: delete positions and photographs older than the company keeps them, care "
    "notes past their day, photographs whose last part never came, contacts of retailers that have closed, retailers' old "
    "sessions and wrong tries, and uploads that were only tried; the answers of visits stay. Before, shops' points are learnt "
    "from many check-ins; forecast rounds past their deadline are closed. A running job worker does it by itself when a "
    "company's day begins, and `lianxin serve` when it "
    "starts. Run again, it changes nothing more.\n\nExample: lianxin forget"
)
def forget() -> None:
    require_ready()
    for company in Company.objects.order_by("code"):
        said = list(jobs.do_daily(company, at=clock.now()))
        for sentence in said or [_("%(company)s: nothing was past its time.") % {"company": company.code}]:
            click.echo(sentence)


COMMANDS = [forget]
