"""Administration from the terminal: company, calendar, parameters, accounts, tokens. In the audit it is the system that acted."""

import sys
from datetime import date, datetime, time, timedelta
from typing import Any

import click
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lianxin.cli.choices import Day, company_option
from lianxin.foundation import actions, clock, parameters, queries
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Evidence, Role
from lianxin.people import actions as people
from lianxin.people.models import Person


@click.group(name="company", help="Settings of a company.\n\nExample: lianxin company show")
def company_group() -> None: ...


@company_group.command(help="Print the settings of a company.\n\nExample: lianxin company show --company linjiang")
@company_option
def show(company: Company) -> None:
    click.echo(f"code\t{company.code}")
    for name in actions.SETTINGS:
        click.echo(f"{name}\t{getattr(company, name)}")


@company_group.command(
    name="set",
    help="Change settings of a company; those not given stay.\n\n"
    "Example: lianxin company set --time-zone Asia/Shanghai --unit 件:cases:50 --unit 箱:big-cases:250",
)
@company_option
@click.option("--name")
@click.option("--name-en")
@click.option("--time-zone")
@click.option("--currency")
@click.option("--currency-symbol")
@click.option("--order-unit")
@click.option("--order-unit-en")
@click.option(
    "--unit", "units", multiple=True, metavar="NAME:NAME_EN:N", help="A larger unit; give all that there are."
)
@click.option("--invented-notice", help="Notice for pages that show invented persons; empty when all are real.")
@click.option("--invented-notice-en")
def set_company(company: Company, units: tuple[str, ...], **given: Any) -> None:
    changes = {name: value for name, value in given.items() if value is not None}
    if units:
        changes["unit_conversions"] = [_unit(text) for text in units]
    actions.change_settings(company=company, by=None, at=clock.now(), **changes)
    click.echo(_("Changed: %(names)s") % {"names": ", ".join(changes) or _("nothing")})


def _unit(text: str) -> dict[str, Any]:
    parts = text.split(":")
    if len(parts) != 3 or not parts[2].isdecimal():
        raise Refused(_("“%(text)s” is no unit; write it like 件:cases:50.") % {"text": text}, field="unit")
    return {"name": parts[0], "name_en": parts[1], "order_units": int(parts[2])}


@click.command(
    help="Print the days of a year that differ from Monday to Friday, or set one.\n\n"
    "Example: lianxin calendar --off 2021-02-12 --note 春节"
)
@company_option
@click.option("--year", type=click.IntRange(1900, 2200), help="Which year to print; this one by default.")
@click.option("--off", type=Day(), multiple=True, help="A day on which people do not work.")
@click.option("--on", "working", type=Day(), multiple=True, help="A day on which people work.")
@click.option("--plain", type=Day(), multiple=True, help="A day that is as the week says.")
@click.option("--note", default="")
def calendar(
    company: Company,
    year: int | None,
    off: tuple[date, ...],
    working: tuple[date, ...],
    plain: tuple[date, ...],
    note: str,
) -> None:
    at = clock.now()
    for days, is_working in ((off, False), (working, True), (plain, None)):
        for day in days:
            actions.set_calendar_day(company=company, day=day, is_working=is_working, note=note, by=None, at=at)
            click.echo(_("%(day)s is set.") % {"day": day})
    if not (off or working or plain):
        for entry in queries.calendar_of(company, year or clock.today(company).year):
            click.echo(f"{entry.date}\t{'on' if entry.is_working else 'off'}\t{entry.note}")


@click.command(
    name="parameters", help="Print every parameter in force on a day.\n\nExample: lianxin parameters --on 2021-12-31"
)
@company_option
@click.option("--on", type=Day(), help="The day; today by default.")
def list_parameters(company: Company, on: date | None) -> None:
    for found in queries.parameters_of(company, on=on or clock.today(company)):
        since = str(found.row.valid_from) if found.row else "default"
        source = found.row.source if found.row else found.declared.source
        value = parameters.written(found.declared, found.value) or "(not set)"
        click.echo(f"{found.declared.name}\t{value}\t{found.declared.unit}\t{since}\t{source}")


@click.group(name="parameter", help="One parameter.\n\nExample: lianxin parameter show measuring.peer_alert")
def parameter_group() -> None: ...


@parameter_group.command(
    name="set",
    help="Set a parameter from a day on, with the note where it comes from. An empty value means not set.\n\n"
    'Example: lianxin parameter set measuring.key_products "P001, P002" --from 2021-01-01 --source "Decision 3/2021"',
)
@click.argument("name")
@click.argument("value")
@click.option("--from", "valid_from", type=Day(), required=True, help="The first day on which it is in force.")
@click.option("--source", required=True, help="A rule, a decision, a page, with its date.")
@click.option("--evidence", type=click.Choice(list(Evidence.values)), default=Evidence.COMPANY.value, show_default=True)
@company_option
def set_parameter(company: Company, name: str, value: str, valid_from: date, source: str, evidence: str) -> None:
    declared = queries.parameter_of(company, name, on=valid_from).declared
    parameters.set_value(
        company=company,
        name=name,
        value=parameters.read(declared, value),
        valid_from=valid_from,
        source=source,
        evidence=Evidence(evidence),
        by=None,
        at=clock.now(),
    )
    click.echo(_("%(name)s is %(value)s from %(day)s on.") % {"name": name, "value": value or "-", "day": valid_from})


@parameter_group.command(
    name="show", help="Print a parameter with its history.\n\nExample: lianxin parameter show measuring.peer_alert"
)
@click.argument("name")
@company_option
def show_parameter(company: Company, name: str) -> None:
    found = queries.parameter_of(company, name, on=clock.today(company))
    declared = found.declared
    click.echo(f"{declared.name}\t{declared.title_en if get_language() == 'en' else declared.title_zh}")
    for row in found.history:
        click.echo(f"{row.valid_from}\t{parameters.written(declared, row.value)}\t{row.source}\t{row.evidence}")
    click.echo(f"default\t{parameters.written(declared, declared.default)}\t{declared.source}\t{declared.evidence}")


def _user(company: Company, username: str) -> User:
    found = User.objects.filter(company=company, username=username).first()
    if found is None:
        raise Refused(
            _("%(company)s has no account %(name)s.") % {"company": company.code, "name": username}, field="username"
        )
    return found


@click.group(name="user", help="Accounts.\n\nExample: lianxin user create zhang --role leader")
def user_group() -> None: ...


ROLE = click.Choice(list(Role.values))


@user_group.command(name="list", help="Print the accounts with their roles.\n\nExample: lianxin user list")
@company_option
def list_users(company: Company) -> None:
    for row in queries.accounts_of(company):
        roles = ",".join(grant.role for grant in row.open_grants)  # type: ignore[attr-defined]
        click.echo(f"{row.username}\t{row}\t{roles}\t{'on' if row.is_active else 'off'}")


@user_group.command(
    help="Open an account; prints a one-time password unless one comes on standard input.\n\n"
    "Example: lianxin user create --employee-no E0012\n\nExample: lianxin user create zhang --role leader"
)
@click.argument("username", default="")
@click.option("--employee-no", default="", help="The person whose account it is; the roles follow from the posts.")
@click.option("--name", "display_name", default="", help="What the account is called on pages.")
@click.option("--role", "roles", type=ROLE, multiple=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@company_option
def create(
    company: Company, username: str, employee_no: str, display_name: str, roles: tuple[str, ...], password_stdin: bool
) -> None:
    at = clock.now()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if employee_no:
        person = Person.objects.filter(company=company, employee_no=employee_no).first()
        if person is None:
            raise Refused(_("There is no person %(no)s.") % {"no": employee_no}, field="employee_no")
        made, shown = people.open_account(
            person=person, by=None, at=at, on=clock.today(company), username=username, password=password
        )
    elif username:
        made, shown = actions.open_account(
            company=company, username=username, display_name=display_name, by=None, at=at, password=password
        )
    else:
        raise Refused(_("Give a sign-in name or --employee-no."), field="username")
    for role in roles:
        actions.grant_role(user=made, role=Role(role), company=company, by=None, at=at)
    click.echo(_("Account: %(name)s") % {"name": made.username})
    if not password:
        click.echo(_("One-time password, shown only now: %(password)s") % {"password": shown})


@user_group.command(help="Give a role.\n\nExample: lianxin user grant zhang leader --reason 'order 12'")
@click.argument("username")
@click.argument("role", type=ROLE)
@click.option("--reason", default="")
@company_option
def grant(company: Company, username: str, role: str, reason: str) -> None:
    actions.grant_role(
        user=_user(company, username), role=Role(role), company=company, by=None, at=clock.now(), reason=reason
    )
    click.echo(_("%(name)s is %(role)s.") % {"name": username, "role": Role(role).label})


@user_group.command(help="Take a role away.\n\nExample: lianxin user revoke zhang leader")
@click.argument("username")
@click.argument("role", type=ROLE)
@click.option("--reason", default="")
@company_option
def revoke(company: Company, username: str, role: str, reason: str) -> None:
    actions.revoke_role(
        user=_user(company, username), role=Role(role), company=company, by=None, at=clock.now(), reason=reason
    )
    click.echo(_("%(name)s is no longer %(role)s.") % {"name": username, "role": Role(role).label})


@user_group.command(
    help="Print a new one-time password; ends every session of the account.\n\nExample: lianxin user password zhang"
)
@click.argument("username")
@company_option
def password(company: Company, username: str) -> None:
    shown = actions.reset_password(user=_user(company, username), company=company, by=None, at=clock.now())
    click.echo(_("One-time password, shown only now: %(password)s") % {"password": shown})


@user_group.command(help="Switch an account off (or on again with --on).\n\nExample: lianxin user switch-off zhang")
@click.argument("username")
@click.option("--on", "active", is_flag=True)
@click.option("--reason", default="")
@company_option
def switch_off(company: Company, username: str, active: bool, reason: str) -> None:
    actions.switch_account(
        user=_user(company, username), company=company, active=active, by=None, at=clock.now(), reason=reason
    )
    click.echo(
        _("%(name)s is switched on.") % {"name": username}
        if active
        else _("%(name)s is switched off.") % {"name": username}
    )


@click.group(name="token", help="API tokens.\n\nExample: lianxin token create zhang --name reports")
def token_group() -> None: ...


@token_group.command(
    name="create", help="Print a new token of an account, once.\n\nExample: lianxin token create zhang --name reports"
)
@click.argument("username")
@click.option("--name", required=True, help="What the token is for.")
@click.option("--until", type=Day(), help="Its last day; without one it works until it is revoked.")
@company_option
def create_token(company: Company, username: str, name: str, until: date | None) -> None:
    user = _user(company, username)
    expires = None if until is None else datetime.combine(until + timedelta(days=1), time(), tzinfo=company.zone)
    _row, text = actions.issue_token(user=user, name=name, expires_at=expires, by=user, at=clock.now())
    click.echo(text)


@token_group.command(name="list", help="Print the tokens of an account.\n\nExample: lianxin token list zhang")
@click.argument("username")
@company_option
def list_tokens(company: Company, username: str) -> None:
    for row in queries.tokens_of(_user(company, username)):
        state = (
            "revoked" if row.revoked_at else "ended" if row.expires_at and row.expires_at <= clock.now() else "valid"
        )
        click.echo(f"{row.pk}\t{row.name}\t{row.created_at:%Y-%m-%d}\t{state}")


@token_group.command(name="revoke", help="End a token of an account.\n\nExample: lianxin token revoke zhang 3")
@click.argument("username")
@click.argument("number", type=int)
@company_option
def revoke_token(company: Company, username: str, number: int) -> None:
    row = queries.tokens_of(_user(company, username)).filter(pk=number).first()
    if row is None:
        raise Refused(_("%(name)s has no token %(n)d.") % {"name": username, "n": number}, field="number")
    actions.revoke_token(token=row, by=None, at=clock.now())
    click.echo(_("The token no longer works."))


COMMANDS = [company_group, calendar, list_parameters, parameter_group, user_group, token_group]
