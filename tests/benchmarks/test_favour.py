"""The benchmark of favour runs and says what it found."""

from pathlib import Path

import pytest
from benchmarks.favour import report


@pytest.mark.requirement("D3")
def test_the_quick_run_tells_accusations_power_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "SHARES", (0.05,))
    within = "within, to ten friends"
    monkeypatch.setattr(report, "FAVOURS", {within: report.FAVOURS[within]})
    monkeypatch.setattr(report, "SIZED", (within,))
    text = report.favouring(tmp_path, quick=True).text()
    for title in ("False accusations", "Power", "By the size of the favour", "A city"):
        assert f"**{title}**" in text
    told = "reached: honest reports that ask about anyone ≤ 5% in every world, rule known"
    assert f"{told} — measured 0 of 2 in the hardest, 0 of 2 in all" in text
    assert f"| {report.SMALLEST}: within, to ten friends | 2 | 2 (0) | 2 (0) |" in text
    assert "reached: 5 % within, to ten friends: found in ≥ 80 % of reports of every world, rule unknown" in text
    assert "of 10 managers, without the rule" in text
