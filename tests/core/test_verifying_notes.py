"""Copied notes: found among many hands, and nobody accused of what everybody writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from benchmarks.verification.notes import Hand, edited

from lianxin.core.errors import SchemaMismatch
from lianxin.core.verifying import calibrated, copies, differing
from lianxin.core.verifying.notes import COLLEAGUE, OWN

pytestmark = pytest.mark.requirement("G4")
WRITERS, ROUNDS = 6, 220


@pytest.fixture(scope="module")
def office() -> tuple[list[str], np.ndarray, np.ndarray]:
    """Notes of six people, a few copied; and for each note where it was copied from, −1 for own words."""
    draws = np.random.default_rng(7)
    hands = [Hand(draws, 2.5) for _ in range(WRITERS)]
    notes: list[str] = []
    source: list[int] = []
    for number in range(WRITERS * ROUNDS):
        writer, at = number % WRITERS, -1
        if number > 40 * WRITERS and draws.random() < 0.06:
            at = number - WRITERS * int(draws.integers(1, 30)) - int(draws.integers(0, 2))
            at = at if len(notes[at]) > 40 else -1
        note = hands[writer].note() if at < 0 else notes[at] if draws.random() < 0.5 else edited(notes[at], draws)
        notes.append(note)
        source.append(at)
    return notes, np.arange(WRITERS * ROUNDS) % WRITERS, np.array(source)


def test_copies_are_found_and_own_words_are_not_accused(office: tuple[list[str], np.ndarray, np.ndarray]) -> None:
    notes, writer, source = office
    found = copies(notes, writer, np.arange(len(notes)) % 97, np.arange(len(notes)), {})
    yes, bad = found.answer == 1, source >= 0
    assert (yes & bad).sum() / yes.sum() >= 0.95
    assert (yes & bad).sum() / bad.sum() >= 0.9
    assert (found.source[yes] < np.flatnonzero(yes)).all()
    same = writer[found.source] == writer
    assert set(found.scope[yes & same]) == {OWN}
    assert COLLEAGUE in set(found.scope[yes & ~same])


def test_what_everybody_writes_and_what_is_short_cannot_tell() -> None:
    notes = ["正常拜访，无异常", "", None, "一切正常"] * 60
    found = copies(notes, np.arange(240) % 8, np.arange(240), np.arange(240), {})
    assert set(found.answer.tolist()) == {-1}


def test_the_same_long_text_for_every_shop_is_copied_from_the_first() -> None:
    draws = np.random.default_rng(5)
    hands = [Hand(draws, 3.0) for _ in range(5)]
    notes = [hands[k % 5].note() for k in range(400)]
    long = "上午店主说门口修路，散客少了三成，细支烟多压了十一条，让我下周再来看，顺便把价签换了两张，另问电子秤何时到"
    notes += [long] * 20
    found = copies(notes, np.r_[np.arange(400) % 5, np.full(20, 2)], np.arange(420), np.arange(420), {})
    assert found.answer[400:].tolist() == [0] + [1] * 19


def test_no_notes_at_all() -> None:
    found = copies([], *(np.zeros(0, np.int64) for _ in range(3)), {})
    assert len(found.answer) == 0


def test_differing_words_side_by_side() -> None:
    assert differing("库存足，价签齐", "库存少，价签齐") == [("库存", "库存"), ("足", "少"), ("，价签齐", "，价签齐")]
    assert differing("甲", "") == [("甲", "")]


def as_visits(notes: list[str]) -> pa.Table:
    n = len(notes)
    at = [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=k) for k in range(n)]
    told = {name: pa.nulls(n, pa.float64()) for name in ("latitude", "longitude", "accuracy_metres", "fix_age_seconds")}
    return pa.table(
        {
            "visit_id": [f"{k:05d}" for k in range(n)],
            "manager_id": [f"m{k % 5}" for k in range(n)],
            "retailer_id": [f"r{k % 83}" for k in range(n)],
            "check_in_at": pa.array(at, pa.timestamp("us", "UTC")),
            "check_out_at": pa.nulls(n, pa.timestamp("us", "UTC")),
            **told,
            "n_answers": pa.nulls(n, pa.int64()),
            "note": notes,
        }
    )


def test_the_line_is_set_on_clean_notes_to_a_stated_rate() -> None:
    draws = np.random.default_rng(3)
    hands = [Hand(draws, 3.0) for _ in range(5)]
    clean = as_visits([hands[k % 5].note() for k in range(600)])
    found = calibrated(clean, false_share=0.02)
    assert (found.n_notes, found.n_needed) == (600, 133)
    assert found.n_told > 400
    at = {row["similarity"]: row for row in found.lines.to_pylist()}
    assert found.similarity is not None
    assert at[found.similarity]["high"] <= 0.02
    assert found.similarity == 0.5 or at[round(found.similarity - 0.01, 2)]["high"] > 0.02
    shuffled = clean.take(np.random.default_rng(4).permutation(600))
    assert calibrated(shuffled, false_share=0.02).lines.equals(found.lines)
    # copies of which nobody can tell when they were written are out, as no rule marks them
    same = pa.array([clean.column("note")[0].as_py() if row % 5 == 0 else "" for row in range(300)])
    untimed = as_visits(same.to_pylist()).append_column("is_time_known", pa.array([False] * 300))
    untimed = untimed.set_column(0, "visit_id", pa.array([f"x{row}" for row in range(300)]))
    known = clean.append_column("is_time_known", pa.array([True, None] * 300))
    both = calibrated(pa.concat_tables([known, untimed.select(known.column_names)]), false_share=0.02)
    assert (both.n_notes, both.n_untimed, both.lines.equals(found.lines)) == (600, 60, True)
    # 600 notes cannot vouch for one in a thousand; copies among them leave no line at all
    assert calibrated(clean, false_share=0.001).similarity is None
    assert calibrated(as_visits(clean.column("note").to_pylist()[:120] * 4), false_share=0.02).similarity is None
    assert calibrated(clean.slice(0, 0), false_share=0.02).similarity is None
    with pytest.raises(SchemaMismatch, match="between 0 and 1"):
        calibrated(clean, false_share=1.0)
