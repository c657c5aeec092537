from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from lianxin.foundation.imports import running
from lianxin.foundation.imports.running import Result
from lianxin.foundation.models import Company
from tests.factories import AT

Take = Callable[..., Result]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are compared in English, whether the translations are compiled or not."""
    with translation.override("en"):
        yield


@pytest.fixture
def take(company: Company, tmp_path: Path) -> Take:
    """Take a file in, written from a text (`take("units", "unit\\n城南")`) or lying at a path."""
    n = 0

    def _take(kind: str, content: str | bytes | Path, **options: Any) -> Result:
        nonlocal n
        if isinstance(content, Path):
            path = content
        else:
            n += 1
            path = tmp_path / f"{kind}{n}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return running.run(company=company, kind=kind, path=path, by=None, at=AT, **options)

    return _take


def counts(result: Result) -> tuple[int, int, int, int]:
    """read, accepted, refused, duplicate"""
    assert result.n_read == result.n_accepted + result.n_refused + result.n_duplicate
    return result.n_read, result.n_accepted, result.n_refused, result.n_duplicate


def reasons(result: Result) -> list[tuple[int, str, str]]:
    """line, column, value of every refused row"""
    return [(row["line"], row["column"], row["value"]) for row in result.refused]
