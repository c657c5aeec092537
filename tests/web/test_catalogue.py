"""The catalogue of requirements says nothing that the tests do not bear out."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from django.urls import reverse
from tools.catalogue import marked, rewritten

from lianxin.web import catalogue

TESTS = Path(__file__).resolve().parent.parent
CHAPTERS = {"A": 5, "B": 6, "C": 7, "D": 6, "E": 7, "F": 10, "G": 8, "H": 4, "I": 3, "J": 6, "K": 6, "L": 6, "M": 3}


@cache
def carried() -> Mapping[str, list[str]]:
    return marked(TESTS)


def test_every_requirement_is_there_once_and_in_order() -> None:
    expected = [f"{letter}{n}" for letter, count in CHAPTERS.items() for n in range(1, count + 1)]
    assert [each.id for each in catalogue.requirements()] == expected


def test_every_requirement_has_words_in_both_languages() -> None:
    for each in catalogue.requirements():
        assert re.search(r"[\u4e00-\u9fff]", each.title_zh), each.id
        assert each.title_en.isascii() or "’" in each.title_en, each.id
        assert bool(each.missing_zh) == bool(each.missing_en) == (each.state == "part"), each.id


@pytest.mark.parametrize("requirement", catalogue.requirements(), ids=lambda each: each.id)
def test_what_is_said_to_work_has_pages_and_tests_and_what_is_not_has_neither(
    requirement: catalogue.Requirement,
) -> None:
    if requirement.state == "not_yet":
        assert (requirement.pages, requirement.tests) == ((), ())
        return
    assert requirement.pages, "say where it is used"
    assert requirement.tests, "run tools/catalogue.py"
    assert set(requirement.tests) <= set(carried()[requirement.id])
    for name in requirement.pages:
        assert reverse(name)


def test_no_test_claims_a_requirement_that_does_not_exist() -> None:
    assert set(carried()) <= {each.id for each in catalogue.requirements()}


def test_the_tests_of_a_requirement_are_written_into_its_entry_only() -> None:
    text = '[requirements.A1]\nzh = "甲"\nstate = "not_yet"\n\n[requirements.B1]\nzh = "乙"\nstate = "done"\ntests = ["old"]\n'
    new = rewritten(text, {"A1": ["tests/a.py"], "B1": ["tests/b.py", "tests/c.py"]})
    assert new == (
        '[requirements.A1]\nzh = "甲"\nstate = "not_yet"\n\n'
        '[requirements.B1]\nzh = "乙"\nstate = "done"\ntests = ["tests/b.py", "tests/c.py"]\n'
    )
    assert rewritten(new, {"B1": ["tests/b.py", "tests/c.py"]}) == new
