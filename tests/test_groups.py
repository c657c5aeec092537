"""Tests of one group run on one worker: what they share is built once."""

import os

import pytest

pytestmark = pytest.mark.xdist_group("groups")
ran_on: list[str | None] = []


@pytest.mark.parametrize("n", range(3))
def test_a_group_stays_on_one_worker_and_says_so_in_its_names(request: pytest.FixtureRequest, n: int) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        pytest.skip("one process is one worker: run with -n 2")
    # The scheduler of `--dist loadgroup` reads the group from the name and from nowhere else.
    assert request.node.nodeid.endswith("@groups")
    ran_on.append(worker)
    assert len(ran_on) == n + 1
