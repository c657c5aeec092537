"""The benchmarks that drive a whole installation run at a tiny size: import through the command line, pages through a server."""

from pathlib import Path

import pytest
from benchmarks.importing.report import importing
from benchmarks.pages.report import pages
from django.conf import settings


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder; without real lines, so that every machine does the same."""
    monkeypatch.delenv("LIANXIN_IOWA", raising=False)
    folder = tmp_path / "bench"
    folder.mkdir()
    return folder


def test_import_comes_in_whole(place: Path) -> None:
    report = importing(place, held=2_000, limit=1_000, runs=1)
    assert "1,000 lines in one file (1,000 accepted, 0 refused" in report.made
    assert "into a store that holds 2,000 lines" in report.made
    assert report.text().count("MiB |") == 5
    assert len(report.verdicts) == 2


def test_pages_are_walked_without_errors(place: Path) -> None:
    if not Path(str(settings.DJANGO_VITE["default"]["manifest_path"])).exists():
        pytest.skip("the front end is not built: run make setup")
    report = pages(place, retailers=60, lines=2_000, duration=120.0, settling=0.0, people=4, enough=24)
    assert "| list of" in report.text() or "| analysis" in report.text()
    assert report.verdicts[-1].startswith("- reached: no errors"), report.verdicts[-1]
