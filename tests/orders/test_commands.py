"""lianxin import, undo, batches, account."""

import io
from pathlib import Path
from typing import Any

import pytest

from lianxin.cli import main
from lianxin.foundation.models import Company, ImportBatch, RoleGrant, User
from lianxin.people.models import Person, Unit
from tests import factories

pytestmark = pytest.mark.django_db

Run = Any


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setattr("lianxin.cli.imports.require_ready", lambda: None)

    def _run(*arguments: str) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return _run


@pytest.fixture
def units(tmp_path: Path, company: Company) -> Path:
    path = tmp_path / "units.csv"
    path.write_text("unit,kind,remark\n公司,company,x\n城南,kiosk,x\n", "utf-8")
    return path


def test_import_tells_what_became_of_the_file_and_exits_0(run: Run, units: Path) -> None:
    code, out, _err = run("import", "units", units)
    assert code == 0
    for part in (
        "read: 2",
        "accepted: 1",
        "refused: 1",
        "duplicate: 0",
        f"{units}.refused.csv",
        "remark",
        "line 3, kind “kiosk”",
    ):
        assert part in out
    assert ImportBatch.objects.get().pk in out


def test_a_dry_run_changes_nothing(run: Run, units: Path) -> None:
    code, out, _err = run("import", "units", units, "--dry-run")
    assert (code, "nothing was changed" in out, Unit.objects.count()) == (0, True, 0)


def test_the_same_file_again_names_the_batch(run: Run, tmp_path: Path, company: Company) -> None:
    path = tmp_path / "units.csv"
    path.write_text("unit\n城南\n", "utf-8")
    run("import", "units", path)
    code, out, _err = run("import", "units", path)
    assert (code, "duplicate: 1" in out) == (0, True)
    assert f"came before as batch {ImportBatch.objects.get().pk}" in out


def test_batches_and_undo(run: Run, units: Path) -> None:
    assert "No file has come in yet" in run("batches")[1]
    run("import", "units", units)
    pk = ImportBatch.objects.get().pk
    assert pk in run("batches")[1]
    code, out, _err = run("undo", pk)
    assert (code, pk in out, Unit.objects.count()) == (0, True, 0)
    code, _out, err = run("undo", pk)
    assert (code, "was undone already" in err) == (2, True)
    code, _out, err = run("undo", "nothing")
    assert (code, "There is no batch “nothing”" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("weather", "units.csv"), "There is no kind of file “weather”"),
        (("units", "nowhere.csv"), "There is no file"),
        (("units", "units.csv", "--mapping", "mars"), "There is no mapping “mars”"),
        (("people", "units.csv"), "lacks the column “employee_no”, “name”, “from_date”"),
        (("units", "units.csv", "--company", "mars"), "There is no company mars"),
    ],
)
def test_what_cannot_be_exits_2_with_a_sentence(
    run: Run, units: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(units.parent)
    code, _out, err = run("import", *arguments)
    assert (code, sentence in err, ImportBatch.objects.count()) == (2, True, 0)


def test_an_account_gets_the_role_of_the_post_and_a_password_shown_once(run: Run, company: Company) -> None:
    person = factories.person(factories.unit(company), employee_no="E1")
    code, out, _err = run("account", "E1", "--generate")
    user = User.objects.get(username="E1")
    password = out.split()[-1]
    assert (code, user.check_password(password), user.must_change_password) == (0, True, True)
    assert list(RoleGrant.objects.values_list("user__username", "role")) == [("E1", "customer_manager")]
    assert Person.objects.get(pk=person.pk).user == user


def test_an_account_takes_a_password_from_standard_input(
    run: Run, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.person(factories.unit(company), employee_no="E1")
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    assert run("account", "E1", "--password-stdin")[0] == 0
    assert User.objects.get(username="E1").check_password("correct horse battery")
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    code, _out, err = run("account", "E1", "--password-stdin")
    assert (code, "too short" in err) == (2, True)
    assert run("account", "E9", "--generate")[0] == 2
    assert run("account", "E1")[0] == 2
