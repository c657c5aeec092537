"""init, backup, restore, upgrade, check, worker and serve, run as programs with a home of their own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

pytestmark = pytest.mark.xdist_group("operations")
RUN = "from lianxin.cli import main; main()"
RUN_ALL = """
import contextlib, io, json, sys
from lianxin.cli import main
answers = []
for words in json.loads(sys.argv[1]):
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code
    answers.append([code, said.getvalue()])
print(json.dumps(answers))
"""


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LIANXIN_", "DATABASE_URL"))}
    return {**kept, "LIANXIN_HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": str(Path(settings.ROOT).parent)}


def lianxin(home: Path, *arguments: str, given: str = "", code: int = 0, database: str | None = None) -> str:
    """What a command prints; the test fails when it exits with another code than expected."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env={**environment(home), **({} if database is None else {"DATABASE_URL": database})},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def one_after_the_other(home: Path, *commands: tuple[str, ...]) -> list[tuple[int, str]]:
    """Exit code and everything said of each command, run in one process: starting one takes longer than most commands."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL, json.dumps(commands)],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    return [(code, said) for code, said in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was set up, with a file and a small lake in it."""
    home = tmp_path_factory.mktemp("ready") / "home"
    first = lianxin(home, "init", "--company", "linjiang", "--name", "临江", "--admin", "chief")
    assert "One-time password" in first
    log = home / "lake" / "order_lines" / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000000.json").write_text("{}")
    (log.parent / "part.parquet").write_bytes(b"columns" * 1000)
    (home / "files").mkdir()
    (home / "files" / "orders.csv").write_text("line_id\n1\n")
    return home


def test_init_runs_again_without_changing_anything(ready: Path) -> None:
    (code, again), (listed, users) = one_after_the_other(ready, ("init", "--company", "linjiang"), ("user", "list"))
    assert (code, listed) == (0, 0)
    assert "is there already" in again
    assert "One-time password" not in again
    assert users.count("\n") == 1


def test_init_takes_a_password_from_standard_input_and_refuses_an_easy_one(ready: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(ready, tmp_path / "a"))
    second = ("init", "--company", "second", "--admin", "other", "--password-stdin")
    assert "password" in lianxin(home, *second, code=2, given="12345\n").lower()
    told = lianxin(home, *second, given="a quiet river bend\n")
    assert "Company second" in told
    assert "is there already" not in told
    assert "One-time password" not in told


def test_nothing_runs_before_init(tmp_path: Path) -> None:
    commands = (("serve",), ("check",), ("upgrade",), ("backup", "x.tar"), ("worker", "--once"))
    for code, told in one_after_the_other(tmp_path / "home", *commands):
        assert code == 2
        assert "lianxin init" in told


@pytest.fixture(scope="module")
def kept(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the home that was set up."""
    file = tmp_path_factory.mktemp("kept") / "b.tar"
    lianxin(ready, "backup", str(file))
    return file


def test_a_backup_comes_back_as_it_was(ready: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    lianxin(ready, "backup", str(file))
    assert file.stat().st_mode & 0o077 == 0
    with tarfile.open(file) as archive:
        names = archive.getnames()
        manifest = json.load(archive.extractfile("manifest.json") or sys.stdin)
    assert not [name for name in names if "secret" in name]
    assert manifest["lake_versions"] == {"order_lines": 0}
    home = tmp_path / "restored"
    (code, restored), users, (again, refused) = one_after_the_other(
        home, ("restore", str(file)), ("user", "list"), ("restore", str(file))
    )
    assert code == 0
    assert "lianxin check" in restored
    assert users == (0, lianxin(ready, "user", "list"))
    assert (home / "files" / "orders.csv").read_text() == "line_id\n1\n"
    assert (home / "lake" / "order_lines" / "part.parquet").read_bytes() == b"columns" * 1000
    assert (home / "secret_key").read_text() != (ready / "secret_key").read_text()
    assert again == 2
    assert "not empty" in refused


def test_a_damaged_backup_changes_nothing(kept: Path, tmp_path: Path) -> None:
    whole = kept.read_bytes()
    at = whole.index(b"columnscolumns") + 20
    harmed = {
        "changed": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "cut": whole[: len(whole) // 2],
        "no_backup": b"PK not a backup" * 100,
    }
    for harm, content in harmed.items():
        (tmp_path / f"{harm}.tar").write_bytes(content)
    home = tmp_path / "restored"
    asked = [("restore", str(tmp_path / f"{harm}.tar")) for harm in (*harmed, "absent")]
    for code, told in one_after_the_other(home, *asked):
        assert code == 2
        assert "Nothing was restored" in told
    assert [entry.name for entry in home.iterdir()] == ["secret_key"]


def test_a_restore_that_was_killed_is_done_again_from_the_start(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "restored"
    (home / ".restoring" / "lake").mkdir(parents=True)
    (home / "files").mkdir()
    (home / "files" / "half").write_text("half")
    lianxin(home, "restore", str(kept))
    assert sorted(entry.name for entry in home.iterdir() if "sqlite3" not in entry.name) == [
        "files",
        "lake",
        "secret_key",
    ]
    assert [entry.name for entry in (home / "files").iterdir()] == ["orders.csv"]


def test_a_backup_refuses_a_name_that_is_taken_or_wrong(ready: Path, tmp_path: Path) -> None:
    taken = tmp_path / "b.tar"
    taken.write_text("mine")
    names = {taken: "already there", tmp_path / "b.zip": ".tar", tmp_path / "none" / "b.tar": "no folder"}
    answers = one_after_the_other(ready, *(("backup", str(name)) for name in names))
    for (code, told), why in zip(answers, names.values(), strict=True):
        assert code == 2
        assert why in told
    assert taken.read_text() == "mine"


def test_upgrade_backs_up_first(ready: Path, tmp_path: Path) -> None:
    file = tmp_path / "before.tar"
    assert str(file) in lianxin(ready, "upgrade", "--backup", str(file))
    assert tarfile.is_tarfile(file)


def test_check_names_what_is_wrong_and_what_to_do(kept: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    lianxin(home, "restore", str(kept))
    forge = (
        "import django; django.setup(); from lianxin.foundation.models import AuditRow; "
        "AuditRow.objects.filter(number=1).update(by_name='nobody')"
    )
    subprocess.run(
        [sys.executable, "-c", forge],
        env={**environment(home), "DJANGO_SETTINGS_MODULE": "lianxin.config.settings"},
        check=True,
    )
    told = lianxin(home, "check", code=2)
    assert "audit row 1 of linjiang was changed" in told
    assert "→" in told


def test_a_worker_runs_what_waits(ready: Path) -> None:
    assert "0 jobs" in lianxin(ready, "worker", "--once")


def test_serve_refuses_a_taken_port(ready: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = lianxin(ready, "serve", "--port", str(port), code=2)
    assert f"127.0.0.1:{port}" in told or "make setup" in told


def test_serve_answers_within_ten_seconds_and_stops(ready: Path) -> None:
    if not Path(str(settings.DJANGO_VITE["default"]["manifest_path"])).exists():
        pytest.skip("the front end is not built: run make setup")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", RUN, "serve", "--port", str(port), "--workers", "1"],
        env=environment(ready),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = None
        until = time.monotonic() + 30
        while answer is None and time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
                    answer = json.load(response)
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        assert answer is not None
        assert (answer["sound"], answer["database"], answer["lake"]) == (True, True, True)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) is not None


@pytest.fixture
def two_databases() -> Iterator[tuple[str, str]]:
    """Two empty PostgreSQL databases, dropped afterwards."""
    server = os.environ.get("LIANXIN_TEST_POSTGRES")
    if not server or shutil.which("pg_dump") is None:
        pytest.skip("LIANXIN_TEST_POSTGRES names no server, or pg_dump is not installed")
    names = [f"lianxin_copy_{os.getpid()}_{n}" for n in (1, 2)]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in names:
            admin.execute(f"CREATE DATABASE {name}")
        yield server.rsplit("/", 1)[0] + f"/{names[0]}", server.rsplit("/", 1)[0] + f"/{names[1]}"
        for name in names:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_postgresql_house_comes_back_too(two_databases: tuple[str, str], tmp_path: Path) -> None:
    first, second = two_databases
    file = tmp_path / "b.tar"
    lianxin(tmp_path / "a", "init", "--company", "linjiang", database=first)
    lianxin(tmp_path / "a", "backup", str(file), database=first)
    assert "postgresql" in lianxin(tmp_path / "c", "restore", str(file), code=2)
    lianxin(tmp_path / "b", "restore", str(file), database=second)
    assert lianxin(tmp_path / "b", "user", "list", database=second) == lianxin(
        tmp_path / "a", "user", "list", database=first
    )
    assert "not empty" in lianxin(tmp_path / "d", "restore", str(file), code=2, database=second)


@pytest.mark.parametrize("database", ["mysterious://x", "postgresql://nobody@127.0.0.1:9/none"])
def test_a_database_that_cannot_be_had_is_told_in_a_sentence(tmp_path: Path, database: str) -> None:
    told = lianxin(tmp_path / "home", "user", "list", code=2, database=database)
    assert "Traceback" not in told
    assert "database" in told.lower()


def test_an_empty_database_url_means_none(ready: Path) -> None:
    assert "chief" in lianxin(ready, "user", "list", database="")
