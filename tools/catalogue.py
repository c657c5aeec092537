"""Write into the catalogue of requirements which test files carry the mark of each requirement that is said to work.

python tools/catalogue.py          rewrite the `tests` lines of src/lianxin/web/catalogue.toml
"""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "src" / "lianxin" / "web" / "catalogue.toml"
MARK = re.compile(r"mark\.requirement\(([^)]*)\)")


def marked(tests: Path) -> dict[str, list[str]]:
    """Requirement id -> the test files that carry its mark, in order."""
    found: dict[str, set[str]] = {}
    for path in sorted(tests.rglob("test_*.py")):
        for marks in MARK.findall(path.read_text("utf-8")):
            for requirement in re.findall(r"[\"']([A-M]\d+)[\"']", marks):
                found.setdefault(requirement, set()).add(path.relative_to(tests.parent).as_posix())
    return {key: sorted(files) for key, files in found.items()}


def rewritten(text: str, found: dict[str, list[str]]) -> str:
    """The catalogue with the `tests` line of every requirement that is done or done in part."""
    blocks = re.split(r"(?=^\[)", text, flags=re.MULTILINE)
    for n, block in enumerate(blocks):
        head = re.match(r"\[requirements\.(\w+)\]", block)
        if head is None:
            continue
        entry = tomllib.loads(block)["requirements"][head[1]]
        kept = re.sub(r"^tests = .*\n", "", block, flags=re.MULTILINE).rstrip("\n")
        if entry["state"] != "not_yet" and head[1] in found:
            kept += f"\ntests = {json.dumps(found[head[1]])}"
        blocks[n] = f"{kept}\n\n"
    return "".join(blocks).rstrip("\n") + "\n"


if __name__ == "__main__":
    FILE.write_text(rewritten(FILE.read_text("utf-8"), marked(ROOT / "tests")), "utf-8")
