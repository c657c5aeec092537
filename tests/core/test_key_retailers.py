"""Key retailers without a valid visit: every answer by its case, and the sums of managers."""

import pytest

from lianxin.core.verifying.key_retailers import BECAUSE, Key, by_manager, reached

pytestmark = pytest.mark.requirement("G1", "G3")


@pytest.mark.parametrize(
    ("visits", "told", "said"),
    [
        ([], {}, ("yes", "never")),
        (["yes", "yes"], {}, ("yes", "only_hollow")),
        (["yes", "no"], {}, ("no", "visited")),
        (["cannot_tell", "no"], {}, ("no", "visited")),
        (["yes", "cannot_tell"], {}, ("cannot_tell", "untold")),
        ([], {"is_excused": True}, ("cannot_tell", "excused")),
        (["no"], {"is_excused": True}, ("no", "visited")),
        ([], {"is_whole": False}, ("cannot_tell", "part_of_month")),
        (["no"], {"is_whole": False}, ("no", "visited")),
    ],
)
def test_answer_of_a_key_retailer(visits: list[str], told: dict[str, bool], said: tuple[str, str]) -> None:
    (row,) = reached([Key(1, 7, **told)], [(7, answer) for answer in visits] + [(8, "no")], is_over=True)
    assert (row.answer, row.because) == said
    assert (row.n_visits, row.n_hollow) == (len(visits), visits.count("yes"))
    assert row.because in BECAUSE


def test_a_month_that_goes_on_accuses_nobody() -> None:
    (row,) = reached([Key(1, 7)], [], is_over=False)
    assert (row.answer, row.because) == ("cannot_tell", "not_over")


def test_managers_sum_their_retailers_and_leave_out_what_cannot_be_told() -> None:
    keys = [Key(2, 5), Key(1, 7), Key(1, 8), Key(1, 9), Key(1, 6, is_excused=True)]
    told = by_manager(reached(keys, [(7, "no"), (8, "yes"), (5, "cannot_tell")], is_over=True))
    assert [(one.manager_id, one.n_unvisited, one.n_told, one.n_all) for one in told] == [(1, 2, 3, 4), (2, 0, 0, 1)]
    assert by_manager([]) == []
