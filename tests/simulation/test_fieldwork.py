"""Field work with a known answer: files keep their contract, rates are those stated, the truth stays out of the files."""

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from math import sqrt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from rapidfuzz import fuzz, process

from lianxin.core.parameters import PARAMETERS
from lianxin.simulation import fieldwork, linjiang
from lianxin.simulation.fieldwork import HONEST, FieldworkSettings, Misconduct, Simulated, Variety, Witnessing
from lianxin.simulation.fieldwork.copying import SHORTEST_COPIED
from lianxin.simulation.sizes import DepartmentPlan, Size
from lianxin.simulation.world import World

# Half of the managers do each wrong, half of all visits are checked: rates show in few visits.
SMALL = FieldworkSettings(
    seed=11,
    n_managers=10,
    months=3,
    misconduct=Misconduct(
        ghost_managers_share=0.5,
        ghost_share=0.2,
        same_few_managers_share=0.2,
        same_few_share=0.15,
        empty_form_managers_share=0.5,
        empty_form_share=0.3,
        copying_managers_share=0.5,
        copied_share=0.25,
    ),
    witnessing=Witnessing(phone_share=0.5, inspections_per_manager_month=60),
)
VISITS = (
    "visit_id manager_id retailer_id check_in_at check_out_at "
    "latitude longitude accuracy_metres fix_age_seconds n_answers note"
)


@pytest.fixture(scope="module")
def made() -> Simulated:
    return fieldwork.simulated(SMALL)


@pytest.fixture(scope="module")
def joined(made: Simulated) -> dict[str, np.ndarray]:
    """Visits and their truth side by side, as columns."""
    table = made.files["visits"].join(made.truth["visits"], "visit_id").sort_by("check_in_at")
    return {name: np.array(table[name].to_pylist(), dtype=object) for name in table.column_names}


def is_within(count: int, n: int, share: float, *, run: float = 1.0) -> bool:
    """Whether the count lies within four standard deviations of its binomial mean; `run` : how many come together."""
    return abs(count - n * share) <= 4 * sqrt(n * share * (1 - share) * run)


def test_same_seed_gives_the_same_tables_and_another_seed_others(made: Simulated) -> None:
    again = fieldwork.simulated(replace(SMALL))
    other = fieldwork.simulated(replace(SMALL, seed=12))
    for name, table in made.files.items():
        assert table.equals(again.files[name]), name
        # The consents name the same people; a company's organisation hangs on its size.
        assert table.equals(other.files[name]) == (name == "position_consents"), name
    assert all(table.equals(again.truth[name]) for name, table in made.truth.items())


def test_visits_keep_the_contract(made: Simulated) -> None:
    visits = made.files["visits"]
    assert set(VISITS.split()) <= set(visits.column_names)
    assert visits.schema.field("check_in_at").type == pa.timestamp("s", "Asia/Shanghai")
    assert len(set(visits["visit_id"].to_pylist())) == visits.num_rows > 10_000
    known = set(made.files["retailers"]["retailer_id"].to_pylist())
    assert set(visits["retailer_id"].to_pylist()) <= known
    fix = [visits[name].is_null().to_pylist() for name in VISITS.split()[5:9]]
    assert all(column == fix[0] for column in fix)
    assert [source == "none" for source in visits["source"].to_pylist()] == fix[0]
    stays = pc.subtract(visits["check_out_at"].cast(pa.int64()), visits["check_in_at"].cast(pa.int64()))
    assert pc.min(stays).as_py() > 0
    assert 0 < stays.null_count < visits.num_rows / 40


def test_one_visit_of_a_manager_ends_before_the_next_begins(joined: dict[str, np.ndarray]) -> None:
    for manager in set(joined["manager_id"]):
        mine = joined["manager_id"] == manager
        begins, ends = joined["check_in_at"][mine], joined["check_out_at"][mine]
        overlaps = [end > begin for end, begin in zip(ends[:-1], begins[1:], strict=True) if end is not None]
        assert not any(overlaps)


def test_misconduct_has_the_rates_that_are_stated(made: Simulated, joined: dict[str, np.ndarray]) -> None:
    rates = SMALL.misconduct
    managers = set(joined["manager_id"])
    ghost = joined["is_ghost"].astype(bool)
    conduct, note = joined["conduct"], joined["note_conduct"]
    regular = joined["visit_type"] == "regular"
    assert set(conduct[ghost]) == {"ghost_home", "ghost_roadside", "burst"}
    assert set(conduct[~ghost]) == {"honest", "same_few", "empty_form"}
    wrongs = (
        (ghost, rates.ghost_managers_share, rates.ghost_share, regular, 1.0),
        (conduct == "same_few", rates.same_few_managers_share, rates.same_few_share, regular, 1.0),
        (
            conduct == "empty_form",
            rates.empty_form_managers_share,
            rates.empty_form_share,
            np.isin(conduct, ("honest", "empty_form")) & regular,
            1.0,
        ),
        # Before a shut door and on a stop in passing there is nothing to copy a log for.
        (note != "own", rates.copying_managers_share, rates.copied_share, regular, 3.0),
    )
    for wrong, managers_share, share, among, run in wrongs:
        who = set(joined["manager_id"][wrong])
        assert len(who) == round(managers_share * len(managers))
        pool = among & np.isin(joined["manager_id"], list(who))
        assert is_within(int((wrong & pool).sum()), int(pool.sum()), share, run=run)
    of_ghosts = Counter(conduct[ghost])
    expected = {"ghost_home": rates.ghost_from_home, "ghost_roadside": rates.ghost_from_roadside}
    for kind, share in expected.items():
        assert is_within(of_ghosts[kind], int(ghost.sum()), share), kind


def test_managers_truth_adds_up_from_the_visits(made: Simulated, joined: dict[str, np.ndarray]) -> None:
    months = np.array([moment.date().replace(day=1) for moment in joined["check_in_at"]])
    for row in made.truth["managers"].to_pylist():
        mine = (joined["manager_id"] == row["manager_id"]) & (months == row["month"])
        assert row["n_visits"] == mine.sum()
        assert row["ghost_share"] == pytest.approx(joined["is_ghost"][mine].astype(float).mean())
        assert row["copied_share"] == pytest.approx((joined["note_conduct"][mine] != "own").mean())


def test_honest_managers_leave_no_misconduct_in_the_truth() -> None:
    made = fieldwork.simulated(FieldworkSettings(seed=3, n_managers=2, months=1, misconduct=HONEST))
    assert set(made.truth["visits"]["conduct"].to_pylist()) == {"honest"}
    assert set(made.truth["visits"]["note_conduct"].to_pylist()) == {"own"}
    assert set(made.truth["managers"]["ghost_share"].to_pylist()) == {0.0}


def test_copied_logs_are_taken_from_an_earlier_one_and_own_ones_seldom_look_alike(
    joined: dict[str, np.ndarray],
) -> None:
    at = {visit: n for n, visit in enumerate(joined["visit_id"])}
    for n in np.flatnonzero(joined["note_conduct"] != "own"):
        source = at[joined["copied_from"][n]]
        same_hand = joined["manager_id"][n] == joined["manager_id"][source]
        assert joined["check_in_at"][source].date() < joined["check_in_at"][n].date()
        assert len(joined["note"][source]) >= SHORTEST_COPIED
        if joined["note_conduct"][n] == "copied_edited":
            assert joined["note"][n] != joined["note"][source]
            assert fuzz.ratio(joined["note"][n], joined["note"][source]) > 60
        else:
            assert joined["note"][n] == joined["note"][source]
            assert same_hand == (joined["note_conduct"][n] == "copied_own")
    manager = joined["manager_id"][0]
    own = (joined["manager_id"] == manager) & (joined["note_conduct"] == "own")
    notes = [text for text in joined["note"][own] if len(text) >= 40][:600]
    alike = process.cdist(notes, notes, scorer=fuzz.ratio, score_cutoff=85, dtype=np.uint8)
    np.fill_diagonal(alike, 0)
    assert (alike.max(axis=1) > 0).mean() < 0.02


def test_nothing_of_the_truth_is_in_a_file_that_anybody_imports(tmp_path: Path) -> None:
    settings = FieldworkSettings(seed=5, n_managers=3, retailers_per_manager=60, months=1)
    first = fieldwork.write(tmp_path / "one" / "files", settings)
    second = fieldwork.write(tmp_path / "two" / "files", settings)
    for one, two in zip((*first.files, *first.truth), (*second.files, *second.truth), strict=True):
        assert hashlib.sha256(one.path.read_bytes()).digest() == hashlib.sha256(two.path.read_bytes()).digest()
    assert {file.path.parent for file in first.truth} == {tmp_path / "one" / "truth"}
    assert not list(first.folder.rglob("truth*"))
    assert "没有一条来自现实" in (first.folder / "README.txt").read_text("utf-8")
    told = {"is_ghost", "conduct", "note_conduct", "copied_from", "ghost_share", "copied_share", "moved_date"}
    for file in first.files:
        table = pyarrow.csv.read_csv(file.path)
        assert not told & set(table.column_names)
        assert table.num_rows == file.rows > 0
    head = (first.folder / "visits.csv").read_text("utf-8").splitlines()[1]
    assert "+08:00" in head
    with pytest.raises(FileExistsError, match="is not empty"):
        fieldwork.write(tmp_path / "one" / "files", settings)


def test_answers_by_telephone_differ_from_what_happened_as_memory_does(
    made: Simulated, joined: dict[str, np.ndarray]
) -> None:
    checks = made.files["checks"].filter(pc.field("channel") == "phone")
    assert set(checks["confirmed"].to_pylist()) == {"yes", "no", "cannot_tell"}
    assert 0 < pc.min(checks["drawn_probability"]).as_py() < pc.max(checks["drawn_probability"]).as_py() <= 1
    ghost = dict(zip(joined["visit_id"], joined["is_ghost"], strict=True))
    answers = [
        (bool(ghost[visit]), said)
        for visit, said in zip(checks["visit_id"].to_pylist(), checks["confirmed"].to_pylist(), strict=True)
        if said != "cannot_tell"
    ]
    wrong = sum((said == "yes") == is_ghost for is_ghost, said in answers)
    assert len(answers) > 3000
    assert 0.09 <= wrong / len(answers) <= 0.16


def test_witnesses_say_what_was_to_be_seen(made: Simulated, joined: dict[str, np.ndarray]) -> None:
    rows = made.files["witnesses"].to_pylist()
    assert {(row["channel"], row["says"]) for row in rows} == {
        *(("delivery", says) for says in ("shop_open", "shop_closed")),
        *(("order_desk", says) for says in ("says_visited", "says_not_visited")),
        *(
            ("inspector", says)
            for says in ("shop_open", "shop_closed", "saw_manager", "says_visited", "says_not_visited")
        ),
    }
    visits: dict[tuple[str, date], list[int]] = {}
    for n, (shop, moment) in enumerate(zip(joined["retailer_id"], joined["check_in_at"], strict=True)):
        visits.setdefault((shop, moment.date()), []).append(n)
    says = Counter()
    for row in rows:
        assert (row["about_from"] is None) == (row["says"] in ("shop_open", "shop_closed", "saw_manager"))
        here = visits.get((row["retailer_id"], row["seen_at"].date()), [])
        if row["says"] == "saw_manager":
            assert any(joined["check_in_at"][n] <= row["seen_at"] and not joined["is_ghost"][n] for n in here), (
                "somebody was seen who was not there"
            )
        if row["says"].startswith("says"):
            days = (row["about_until"] - row["about_from"]).days + 1
            met = [
                n
                for back in range(days)
                for n in visits.get((row["retailer_id"], row["about_from"] + timedelta(days=back)), [])
                if not joined["is_ghost"][n]
            ]
            says[bool(met), row["says"]] += 1
    # Far more often right than wrong, and wrong often enough that one answer proves nothing.
    assert 0.75 < says[True, "says_visited"] / (says[True, "says_visited"] + says[True, "says_not_visited"]) < 0.97
    assert says[False, "says_not_visited"] > 4 * says[False, "says_visited"]


def test_promises_and_requests_stand_on_visits_that_took_place(made: Simulated, joined: dict[str, np.ndarray]) -> None:
    ghost = dict(zip(joined["visit_id"], joined["is_ghost"], strict=True))
    promises, requests = made.files["promises"].to_pylist(), made.files["requests"].to_pylist()
    assert not any(ghost[row["visit_id"]] for row in (*promises, *requests))
    assert all(row["due_on"] > row["made_at"].date() for row in promises)
    kept = [row["kept_on"] <= row["due_on"] for row in promises if row["kept_on"]]
    assert 0.6 < sum(kept) / len(promises) < 0.98
    assert not all(kept)
    for row in promises:
        assert (row["state"] == "kept") == (row["kept_on"] is not None)
        assert (row["state"] == "open") == (row["settled_at"] is None)
    states = {
        "open": (False, False), "answered": (True, False), "confirmed": (True, True), "reopened": (True, False)
    }  # fmt: skip
    assert {row["state"] for row in requests} == set(states)
    for row in requests:
        assert states[row["state"]] == (row["answer"] is not None, row["confirmed_at"] is not None)
        assert (row["answer"] is None) == (row["answered_at"] is None)
        assert row["answered_at"] is None or row["answered_at"] > row["raised_at"]
        assert row["confirmed_at"] is None or row["confirmed_at"] > row["answered_at"]
    assert not any("{" in row["text"] for row in (*promises, *requests))


def test_phones_err_as_phones_do(made: Simulated, joined: dict[str, np.ndarray]) -> None:
    honest = joined["conduct"] == "honest"
    accuracy = np.array([value or np.nan for value in joined["accuracy_metres"][honest]], dtype=float)
    source = joined["source"][honest]
    assert np.nanmedian(accuracy[source == "gps"]) < 20
    assert np.nanmedian(accuracy[source == "network"]) > 150
    ages = joined["fix_age_seconds"][honest & (joined["source"] == "cached")].astype(float)
    assert ages.min() >= 60
    shares = {kind: count / honest.sum() for kind, count in Counter(source).items()}
    assert 0.8 < shares["gps"] < 0.96
    assert abs(shares["cached"] - Variety().cached_share) < 0.01
    assert made.truth["retailers"]["has_wrong_point"].to_pylist().count(True) > 0
    assert made.truth["retailers"]["moved_date"].null_count < len(made.truth["retailers"])


def test_field_work_of_the_demonstration_is_written_once_in_the_order_of_its_import(tmp_path: Path) -> None:
    size = Size("tiny", 60, 2, (DepartmentPlan("城区营销部", ("城东市场部",)),), date(2021, 12, 1), date(2021, 12, 1))
    made = linjiang.write_fieldwork(tmp_path / "files", months=1, seed=4, size=size)
    assert [file.kind for file in made] == [
        "position_consents",
        "visits",
        "promises",
        "requests",
        "witnesses",
        "checks",
    ]
    before = made[1].path.read_bytes()
    again = linjiang.write_fieldwork(tmp_path / "files", months=1, seed=4, size=size)
    assert [file.path for file in again] == [file.path for file in made]
    assert made[1].path.read_bytes() == before
    assert pyarrow.csv.read_csv(made[1].path).num_rows == made[1].rows > 100
    # Nobody opens the demonstration years later and finds all its promises overdue.
    assert set(pyarrow.csv.read_csv(made[2].path)["state"].to_pylist()) <= {"kept", "not_kept"}
    asked = pyarrow.csv.read_csv(made[3].path)
    assert set(asked["state"].to_pylist()) == {"confirmed"}
    assert set(asked["topic"].to_pylist()) <= set(PARAMETERS["field.request_topics"].default)


def test_field_work_of_a_world_keeps_to_its_shops_managers_and_holdings(world: World) -> None:
    settings = FieldworkSettings(seed=7, months=2)
    made = fieldwork.simulated(settings, world)
    number = {str(licence): r for r, licence in enumerate(world.retailers.licence_no)}
    number |= {str(licence): r for r, licence in enumerate(world.retailers.renewed_licence_no) if licence}
    held: dict[int, list[tuple[int, int, str]]] = {}
    for holding in world.holdings:
        held.setdefault(holding.retailer, []).append((holding.from_day, holding.until_day, holding.employee_no))
    visits = made.files["visits"].select(["manager_id", "retailer_id", "check_in_at", "note"]).to_pylist()
    assert {visit["check_in_at"].date().replace(day=1) for visit in visits} == {date(2021, 11, 1), date(2021, 12, 1)}
    for visit in visits:
        day = visit["check_in_at"].date().toordinal()
        holders = [who for start, end, who in held[number[visit["retailer_id"]]] if start <= day < end]
        assert holders == [visit["manager_id"]]
    calls = made.files["call_list"].to_pylist()
    last = date(2021, 12, 31).toordinal()
    for call in calls:
        holders = [who for start, end, who in held[number[call["retailer_id"]]] if start <= last < end]
        assert holders == [call["manager_id"]]
        assert 1 <= call["visits_per_cycle"] <= 4
        assert call["good_from"] < call["good_until"]
    assert len(calls) > 0.9 * len(world.retailers.licence_no)
    retailers = {row["retailer_id"]: row["latitude"] for row in made.files["retailers"].to_pylist()}
    first = world.retailers.licence_no[0]
    assert retailers[str(first)] == pytest.approx(float(world.places.latitude[0]))
    # The same World makes the same orders whether or not anybody visits.
    assert fieldwork.simulated(settings, world).files["visits"].equals(made.files["visits"])
