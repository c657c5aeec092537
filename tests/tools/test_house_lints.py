"""Every house lint catches its planted fault and lets the lawful neighbour through."""

import pytest
from tools.house_lints import faults

CASES = [
    ("src/lianxin/core/x.py", "a = table.execute()\n", "execute"),
    ("src/lianxin/core/x.py", "import random\n", "chance"),
    ("src/lianxin/core/x.py", "rng = np.random.default_rng()\n", "chance"),
    ("src/lianxin/core/x.py", "rng = np.random.default_rng(7)\n", "chance"),
    ("src/lianxin/market/screens/pages.py", "rows = Retailer.objects.all()\n", ".objects"),
    ("src/lianxin/market/screens/pages.py", "def v(r):\n    actions.a()\n    actions.b()\n", "second action"),
    ("src/lianxin/market/x.py", "def f():\n    import os\n", "inside a function"),
    ("src/lianxin/market/utils.py", "a = 1\n", "says nothing"),
    ("src/lianxin/market/x.py", "class Manager:\n    pass\n", "says nothing"),
    ("src/lianxin/market/x.py", "a = 1\n" * 401, "asks to become a folder"),
    ("src/lianxin/market/x.py", 'raise Refused("This month is not closed.")\n', "plain English"),
    ("src/lianxin/market/x.py", 'raise Missing(f"There is no {name} of yours.", field="x")\n', "plain English"),
    ("src/lianxin/market/x.py", 'raise errors.Denied("kind is one of: " + ", ".join(KINDS))\n', "plain English"),
    ("src/lianxin/market/x.py", "today = intake.at.date()\n", "a day of UTC"),
    ("src/lianxin/market/x.py", "rows = rows.filter(seen_at__date=day)\n", "a day of UTC"),
    ("src/lianxin/market/x.py", "first = datetime.combine(day, time(), UTC)\n", "a day of UTC"),
    ("docs/x.md", "see /work" + "/main\n", "one machine"),
    ("package-lock.json", '"resolved": "x"\n', "address"),
]
LAWFUL = [
    ("src/lianxin/core/x.py", '"""Does not execute(). No random."""\na = 1\n'),
    ("src/lianxin/core/x.py", "def f(rng: np.random.Generator) -> None: ...\n"),
    ("src/lianxin/core/x.py", "rng = np.random.default_rng([seed, 1])\n"),
    ("src/lianxin/engine/x.py", "a = table.execute()\n"),
    ("src/lianxin/market/queries.py", "rows = Retailer.objects.all()\n"),
    (
        "src/lianxin/market/screens/pages.py",
        "def v(r):\n    if r:\n        actions.a()\n    else:\n        actions.b()\n",
    ),
    ("src/lianxin/market/x.py", "def f():\n    import os  # inline: only where it is needed\n"),
    ("src/lianxin/market/x.py", "a = 1\n" * 400),
    (
        "src/lianxin/market/x.py",
        'raise Refused(_("There is no %(name)s.") % {"name": ", ".join(names)}, field="x y")\n',
    ),
    ("src/lianxin/market/x.py", 'raise Refused(ngettext("One row is bad.", "%(n)d rows are bad.", n) % {"n": n})\n'),
    ("src/lianxin/market/x.py", "today = at.astimezone(company.zone).date()\n"),
    ("src/lianxin/market/x.py", "first = datetime.combine(day, time(), company.zone)\n"),
    ("src/lianxin/core/x.py", "cut = table.seen_at.date()\n"),
    ("src/lianxin/market/x.py", 'raise Refused(f"“{path.name}”: {error}")\n'),
]


@pytest.mark.parametrize(("path", "source", "words"), CASES)
def test_lint_catches_planted_fault(path: str, source: str, words: str) -> None:
    found = faults(path, source)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(("path", "source"), LAWFUL)
def test_lint_lets_lawful_code_through(path: str, source: str) -> None:
    assert faults(path, source) == []
