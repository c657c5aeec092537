"""Addresses of the same page with other questions in them."""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

_PLACE = 7_000_000_007


def with_query(query: QueryDict, changes: Mapping[str, str | Iterable[str] | None]) -> str:
    """The query string with some keys replaced; a value of None or "" removes the key. Starts with `?`."""
    kept: list[tuple[str, str]] = []
    for key, values in query.lists():
        if key not in changes:
            kept += [(key, str(value)) for value in values if value != ""]
    for key, value in changes.items():
        if value is None or value == "":
            continue
        kept += [(key, value)] if isinstance(value, str) else [(key, item) for item in value]
    return "?" + urlencode(kept)


def numbered(url_name: str) -> Callable[[int], str]:
    """What gives the address of each row of a list by its number; to ask Django for every one of them takes far longer."""
    before, after = reverse(url_name, args=[_PLACE]).split(str(_PLACE))
    return lambda number: f"{before}{int(number)}{after}"
