"""Numbers of a method from a TOML or JSON file, plain or dated, for commands that need no installation."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import PARAMETERS, value_of
from lianxin.foundation.errors import Refused
from lianxin.foundation.parameter_words import unfit

DATED, FROM = "in_force", "from"


def read_parameters(path: Path, prefix: str, *, on: date) -> dict[str, Any]:
    """The numbers of a file as they are on a day: name -> value, checked against their declarations.

    The file holds `name = value`, by full name or without the prefix; or a list `in_force` of such tables, each with the day
    `from` which it holds. Of these the newest that holds on the day counts alone; what it leaves out has its default.

    Parameters
    ----------
    prefix : of the names that are read, such as "verifying."

    Raises
    ------
    Refused : the file is missing or unreadable, names an unknown number, or a value does not fit; the sentence says which.
    """
    told = read_table(path)
    sets = told.pop(DATED, None)
    if sets is None:
        return _checked(path, told, prefix)
    if told or not isinstance(sets, list) or not all(isinstance(one, dict) and FROM in one for one in sets):
        raise Refused(
            _("“%(file)s”: a dated file holds only a list “in_force” of tables, each with a day “from”.")
            % {"file": path.name}
        )
    dated = [(_day(path, one[FROM]), {name: value for name, value in one.items() if name != FROM}) for one in sets]
    days = [day for day, _numbers in dated]
    if len(set(days)) < len(days):
        raise Refused(_("“%(file)s”: two tables hold from the same day.") % {"file": path.name})
    # All are checked, also those that do not hold on the day: a file is right or it is not.
    checked = {day: _checked(path, numbers, prefix) for day, numbers in dated}
    begun = [day for day in checked if day <= on]
    if not begun:
        raise Refused(_("“%(file)s”: nothing holds on %(day)s yet.") % {"file": path.name, "day": on.isoformat()})
    return checked[max(begun)]


def read_table(path: Path) -> dict[str, Any]:
    """The names and values of a TOML or, by its ending, JSON file.

    Raises
    ------
    Refused : the file is missing or unreadable, or holds something else; the sentence says which.
    """
    try:
        text = path.read_text("utf-8")
        told = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError as error:
        raise Refused(_("There is no file “%(file)s”.") % {"file": path}) from error
    except (tomllib.TOMLDecodeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise Refused(
            _("“%(file)s” cannot be read as %(kind)s: %(fault)s.") % {"file": path.name, "kind": kind, "fault": error}
        ) from error
    if not isinstance(told, dict):
        raise Refused(_("“%(file)s” holds no table of names and values.") % {"file": path.name})
    return told


def _day(path: Path, value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(str(value))
    except ValueError as error:
        raise Refused(
            _("“%(file)s”: “%(value)s” is no day; write it like 2026-01-01.") % {"file": path.name, "value": value}
        ) from error


def _checked(path: Path, told: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    inner = told.get(prefix.rstrip("."))
    if isinstance(inner, dict):
        # A TOML table [verifying], or verifying.name = value, which TOML reads as one.
        told = {**{name: value for name, value in told.items() if name != prefix.rstrip(".")}, **inner}
    made = {}
    for name, value in told.items():
        full = name if name.startswith(prefix) else prefix + name
        if full not in PARAMETERS:
            raise Refused(_("“%(file)s”: there is no number “%(name)s”.") % {"file": path.name, "name": name})
        try:
            made[full] = value_of({full: value}, full)
        except ParameterWrong as error:
            raise Refused(f"“{path.name}”: {unfit(PARAMETERS[full], told[name])}") from error
        if made[full] is None:
            raise Refused(_("“%(file)s”: “%(name)s” has no value.") % {"file": path.name, "name": name})
    return made
