"""Administration from the terminal, run in this process."""

from collections.abc import Iterator
from itertools import chain

import pytest
from click.testing import CliRunner, Result
from django.utils import translation

from lianxin.cli import LEAN, MODULES, collect, language
from lianxin.foundation import audit
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.imports import kinds
from lianxin.foundation.models import ApiToken, AuditRow, Company, DatedParameter, User
from lianxin.foundation.states import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def run(*arguments: str, given: str = "") -> Result:
    result = CliRunner().invoke(collect(), arguments, input=given, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def test_the_only_company_is_meant_unless_there_are_several(company: Company) -> None:
    assert "code\tlinjiang" in run("company", "show").output
    factories.company("other")
    with pytest.raises(Refused, match="--company"):
        run("company", "show")
    assert "code\tother" in run("company", "show", "--company", "other").output
    with pytest.raises(Refused, match="nowhere"):
        run("company", "show", "--company", "nowhere")


def test_settings_are_changed_and_audited(company: Company) -> None:
    run("company", "set", "--currency", "USD", "--unit", "件:cases:50", "--unit", "箱:big cases:250")
    company.refresh_from_db()
    assert company.currency == "USD"
    assert [unit["order_units"] for unit in company.unit_conversions] == [50, 250]
    with pytest.raises(Refused, match="CNY"):
        run("company", "set", "--currency", "dollars")
    with pytest.raises(Refused, match="件 50"):
        run("company", "set", "--unit", "件 50")
    assert AuditRow.objects.count() == 1


def test_the_calendar_is_set_and_printed(company: Company) -> None:
    run("calendar", "--off", "2021-02-12", "--note", "春节")
    run("calendar", "--on", "2021-02-20")
    assert run("calendar", "--year", "2021").output == "2021-02-12\toff\t春节\n2021-02-20\ton\t\n"
    run("calendar", "--plain", "2021-02-12")
    assert "02-12" not in run("calendar", "--year", "2021").output


def test_a_parameter_is_set_from_a_day(company: Company) -> None:
    run(
        "parameter", "set", "measuring.key_products", "P001、P002", "--from", "2021-07-01", "--source", "Decision 7"
    )  # fmt: skip
    assert DatedParameter.objects.get().value == ["P001", "P002"]
    assert "measuring.key_products\tP001, P002\t" in run("parameters", "--on", "2021-07-01").output
    assert "measuring.key_products\t(not set)\t" in run("parameters", "--on", "2021-06-30").output
    assert "2021-07-01\tP001, P002\tDecision 7" in run("parameter", "show", "measuring.key_products").output
    with pytest.raises(Missing, match=r"measuring\.nothing"):
        run("parameter", "set", "measuring.nothing", "1", "--from", "2021-07-01", "--source", "x")
    with pytest.raises(Refused, match="much"):
        run("parameter", "set", "measuring.peer_alert", "much", "--from", "2021-07-01", "--source", "x")
    with pytest.raises(Exception, match="2021-02-30 is not a day"):
        run("parameter", "set", "measuring.peer_alert", "1", "--from", "2021-02-30", "--source", "x")


def test_an_account_is_opened_changed_and_listed(company: Company) -> None:
    first = run("user", "create", "zhang", "--name", "张三", "--role", "leader", "--role", "administrator").output
    shown = first.strip().rsplit(" ", 1)[-1]
    zhang = User.objects.get(username="zhang")
    assert zhang.check_password(shown)
    assert zhang.must_change_password
    run("user", "create", "li", "--password-stdin", "--role", "administrator", given="a long quiet river\n")
    li = User.objects.get(username="li")
    assert (li.check_password("a long quiet river"), li.must_change_password) == (True, False)
    run("user", "revoke", "zhang", "leader")
    run("user", "grant", "zhang", "hr")
    run("user", "password", "zhang")
    run("user", "switch-off", "zhang")
    assert run("user", "list").output == "li\tli\tadministrator\ton\nzhang\t张三\tadministrator,hr\toff\n"
    with pytest.raises(Refused):
        run("user", "revoke", "li", "administrator")
    with pytest.raises(Refused, match="nobody"):
        run("user", "grant", "nobody", "hr")
    with pytest.raises(Refused):
        run("user", "create", "ZHANG")
    with pytest.raises(Refused):
        run("user", "create", "wang", "--password-stdin", given="12345\n")
    assert list(audit.faults(company)) == []


def test_a_person_gets_an_account_with_the_roles_of_the_post(company: Company) -> None:
    person = factories.person(factories.unit(company), employee_no="E0012")
    run("user", "create", "--employee-no", "E0012")
    person.refresh_from_db()
    assert person.user is not None
    assert [grant.role for grant in person.user.grants.all()] == [Role.CUSTOMER_MANAGER]
    with pytest.raises(Refused, match="E9"):
        run("user", "create", "--employee-no", "E9")
    with pytest.raises(Refused):
        run("user", "create")


def test_a_token_is_printed_once_and_revoked(company: Company) -> None:
    factories.user(company, Role.LEADER, username="zhang")
    text = run("token", "create", "zhang", "--name", "reports", "--until", "2999-12-31").output.strip()
    assert text.startswith("lx_")
    token = ApiToken.objects.get()
    assert text not in run("token", "list", "zhang").output
    run("token", "revoke", "zhang", str(token.pk))
    assert run("token", "list", "zhang").output.rstrip().endswith("revoked")
    with pytest.raises(Refused, match="past"):
        run("token", "create", "zhang", "--name", "old", "--until", "2001-01-01")
    with pytest.raises(Refused):
        run("token", "revoke", "zhang", "987654")


def test_every_command_has_an_example_in_its_help() -> None:
    def walk(command: object, path: tuple[str, ...]) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            assert "Example" in (inner.help or ""), f"lianxin {' '.join([*path, name])} --help has no example"
            walk(inner, (*path, name))

    walk(collect(), ())


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
        ({"LC_ALL": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh-hant"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminal_speaks_the_language_of_its_locale(environment: dict[str, str], expected: str) -> None:
    assert language(environment) == expected


def test_every_command_is_found_where_it_is() -> None:
    offered = {name: sorted(collect(name).commands) for name in set(MODULES.values())}
    assert sorted(MODULES) == sorted(collect().commands) == sorted(chain.from_iterable(offered.values()))
    assert all(command in offered[module] for command, module in MODULES.items())
    assert set(MODULES) >= LEAN


def test_the_help_shows_an_example_of_each_command() -> None:
    told = run("--help").output
    shown = [line.strip() for line in told[told.index("Examples:") :].splitlines()[1:]]
    names = [line.removeprefix("LIANXIN_HOME=/srv/lianxin ").split()[1] for line in shown]
    assert names == sorted(collect().commands)
    assert "lianxin close 2021-12" in shown


def test_the_help_of_import_names_every_kind() -> None:
    told = " ".join(run("import", "--help").output.split())
    *first, last = (kind.name for kind in kinds.all_kinds())
    assert f"KIND is {', '.join(first)} or {last}." in told
