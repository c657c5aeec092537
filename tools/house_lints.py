"""House lints: what imports cannot show. Each rule tells why it exists; each has a test in tests/tools.

python tools/house_lints.py            lint the tree, exit 1 with one line per fault
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BANNED_NAMES = {
    "utils",
    "helpers",
    "common",
    "manager",
    "service",
    "services",
    "base",
    "data",
    "info",
    "process",
    "handle",
}
# A pure expression that runs, reads the clock or throws dice gives another answer the second time; closings could not be re-run.
IMPURE_IN_CORE = re.compile(r"\.execute\(|\.to_pandas\(|\bnow\(|\btoday\(|\brandom\b")
# A seed that was handed in makes the same draws every time.
SEEDED = re.compile(r"\bnp\.random\.(Generator\b|default_rng\(\[seed\b)")
MACHINE_PATHS = re.compile(r"(^|[^\w.])/(work|farm)/")
ADDRESSES = re.compile(r'"resolved"|https?://[^" ]+/(simple|packages)')
SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|AKIA[0-9A-Z]{16}")
REFUSALS = {"Refused", "Denied", "Missing"}
TRANSLATES = {"_", "gettext", "ngettext", "pgettext"}
# Each room keeps instants in UTC, and its companies' days begin elsewhere.
DAYS_OF_UTC = re.compile(r"\b(\w+_)?at\.date\(\)|\b(\w+_)?at__date\b|\bcombine\([^#]*\bUTC\b")
SENTENCE = re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}")
LONGEST = 400


def impure_core(path: str, source: str) -> Iterator[str]:
    """`core` must not execute, look at a clock or use unseeded chance."""
    if not path.startswith("src/lianxin/core/") or not path.endswith(".py"):
        return
    for number, line in enumerate(without_texts(source), 1):
        if IMPURE_IN_CORE.search(SEEDED.sub("", line.split("#", 1)[0])):
            yield f"{path}:{number}: the core may not execute, read a clock or use chance: {line.strip()}"


def without_texts(source: str) -> list[str]:
    """The lines of a module with every text in them blanked: a docstring may speak of what the code may not do."""
    lines = [bytearray(line.encode()) for line in source.splitlines()]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.end_lineno:
            for number in range(node.lineno - 1, node.end_lineno):
                start = node.col_offset if number == node.lineno - 1 else 0
                end = node.end_col_offset if number == node.end_lineno - 1 else len(lines[number])
                lines[number][start:end] = b" " * ((end or 0) - start)
    return [line.decode(errors="replace") for line in lines]


def unscoped_screens(path: str, source: str) -> Iterator[str]:
    """Screens reach rows through queries, which are scoped to who asks; a bare `.objects` once showed everybody everything."""
    if "/screens/" not in path:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager"):
            yield f"{path}:{node.lineno}: a screen may not use `.objects`; ask a query that is scoped to the person"


def several_actions(path: str, source: str) -> Iterator[str]:
    """One request, one action: two actions in one request can leave the first done and the second refused."""
    if "/screens/" not in path:
        return
    lines = source.splitlines()
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for block in blocks(function):
            calls = [n for statement in block for n in own_calls(statement) if is_action(n)]
            for call in calls[1:]:
                if "# one action:" not in lines[call.lineno - 1]:
                    yield f"{path}:{call.lineno}: a second action in one request; make one action of them"


def blocks(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    """Every list of statements that runs straight through, in a function."""
    for node in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def own_calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls of a statement itself, without those of blocks inside it."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            yield node
        stack.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt))


def is_action(call: ast.Call) -> bool:
    name = call.func
    return (
        isinstance(name, ast.Attribute)
        and isinstance(name.value, ast.Name)
        and (name.value.id == "actions" or name.value.id.endswith("_actions"))
    )


def inline_imports(path: str, source: str) -> Iterator[str]:
    """An import inside a function points to a design problem, unless its line says why: `# inline: reason`."""
    if not path.endswith(".py") or not path.startswith("src/"):
        return
    lines = source.splitlines()
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom) and "# inline: " not in lines[node.lineno - 1]:
                    yield f"{path}:{node.lineno}: an import inside a function needs `# inline: reason`"


def banned_names(path: str, source: str) -> Iterator[str]:
    """Names that say nothing become drawers for everything."""
    if not path.startswith("src/") or not path.endswith(".py"):
        return
    stem = Path(path).stem
    if stem in BANNED_NAMES or Path(path).parent.name in BANNED_NAMES:
        yield f"{path}: the name says nothing about what is inside; banned names are in STYLE"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name.lower() in BANNED_NAMES:
            yield f"{path}:{node.lineno}: `{node.name}` says nothing; banned names are in STYLE"


def plain_refusals(path: str, source: str) -> Iterator[str]:
    """A refusal is a sentence for a person, in his language; fifteen of the API once spoke English to everybody."""
    if not path.startswith("src/") or not path.endswith(".py"):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _called(node) in REFUSALS and any(_is_plain(part) for part in node.args[:1]):
            yield f"{path}:{node.lineno}: a refusal in plain English; put its sentence into _(...)"


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _is_plain(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and _called(node) in TRANSLATES:
        return False
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return SENTENCE.search(node.value) is not None
    return any(_is_plain(child) for child in ast.iter_child_nodes(node))


def long_files(path: str, source: str) -> Iterator[str]:
    """A file past 400 lines asks to become a folder."""
    if path.startswith(("src/", "frontend/src/")) and path.endswith((".py", ".ts")) and "/migrations/" not in path:
        lines = source.count("\n")
        if lines > LONGEST:
            yield f"{path}: {lines} lines; past {LONGEST} it asks to become a folder"


def days_of_utc(path: str, source: str) -> Iterator[str]:
    """A day is the company's: by UTC's a morning in Shanghai is yesterday, and what is counted in it falls into another round."""
    if not path.startswith("src/lianxin/") or path.startswith(("src/lianxin/core/", "src/lianxin/simulation/")):
        return
    for number, line in enumerate(source.splitlines(), 1):
        if DAYS_OF_UTC.search(line):
            yield f"{path}:{number}: a day of UTC; ask for the company's with its zone: {line.strip()}"


def machine_words(path: str, source: str) -> Iterator[str]:
    """Paths of one machine, registry addresses in lock files and secrets have no place in the repository."""
    if path == "tools/house_lints.py" or path.startswith("tests/tools/"):
        return
    for number, line in enumerate(source.splitlines(), 1):
        if MACHINE_PATHS.search(line):
            yield f"{path}:{number}: a path of one machine"
        if SECRETS.search(line):
            yield f"{path}:{number}: looks like a secret"
        if (path.startswith("requirements/") or path.endswith("package-lock.json")) and ADDRESSES.search(line):
            yield f"{path}:{number}: a lock file may not carry an address"


RULES = (
    impure_core, unscoped_screens, several_actions, inline_imports, banned_names, plain_refusals, days_of_utc, long_files,
    machine_words,
)  # fmt: skip
TEXT = {".py", ".ts", ".html", ".css", ".md", ".toml", ".json", ".lock", ".po", ".txt", ".yml", ".yaml", ".sh", ""}


def faults(path: str, source: str) -> list[str]:
    """Every fault of one file; `path` is relative to the root."""
    python = path.endswith(".py")
    return [fault for rule in RULES if python or rule in (long_files, machine_words) for fault in rule(path, source)]


def main() -> int:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = []
    for name in names.stdout.splitlines():
        path = ROOT / name
        if path.suffix in TEXT and path.is_file():
            found += faults(name, path.read_text("utf-8", errors="replace"))
    print("\n".join(found) or "House lints: nothing found.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
