"""Translations without GNU gettext: check that every text has its Chinese, compile .mo files, make Traditional from Simplified.

python tools/messages.py check [FOLDER ...]   what zh_Hans lacks, what two rooms translate apart; exit 1 when there is any
python tools/messages.py compile              .po -> .mo for zh_Hans, and zh_Hant by OpenCC
python tools/messages.py field                the field app's Traditional words from the Simplified; `check` tells when they are old
"""

import ast
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from opencc import OpenCC

ROOT = Path(__file__).resolve().parent.parent / "src" / "lianxin"
FIELD = ROOT.parent.parent / "frontend" / "src" / "field" / "words"
CALLS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "_n"}
TRANSLATE = re.compile(
    r"""{%\s*(?:translate|trans)\s+(?P<q>["'])(?P<text>.*?)(?P=q)(?:\s+context\s+["'](?P<context>.*?)["'])?"""
)
INLINE = re.compile(r"""\b_\((?P<q>["'])(?P<text>.*?)(?P=q)\)""")
BLOCK = re.compile(
    r"{%\s*(?:blocktranslate|blocktrans)\b(?P<head>.*?)%}(?P<body>.*?){%\s*end(?:blocktranslate|blocktrans)\s*%}",
    re.DOTALL,
)


def texts_of_template(source: str) -> Iterator[tuple[str, str | None]]:
    """(msgid, plural or None) of a Django template."""
    for found in TRANSLATE.finditer(source):
        yield found["text"], None
    for tag in re.findall(r"{[%{].*?[%}]}", source, re.DOTALL):
        for found in INLINE.finditer(tag):
            yield found["text"], None
    for found in BLOCK.finditer(source):
        parts = re.split(r"{%\s*plural\s*%}", found["body"])
        cleaned = []
        for part in parts:
            text = re.sub(r"{{\s*([\w.]+)\s*}}", r"%(\1)s", part.replace("%", "%%"))
            if "trimmed" in found["head"]:
                text = " ".join(line.strip() for line in text.strip().splitlines())
            cleaned.append(text)
        yield cleaned[0], cleaned[1] if len(cleaned) > 1 else None


def texts_of_python(source: str) -> Iterator[tuple[str, str | None]]:
    """(msgid, plural or None) of the gettext calls in a Python file."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = (
            node.func.id
            if isinstance(node.func, ast.Name)
            else node.func.attr
            if isinstance(node.func, ast.Attribute)
            else ""
        )
        if name not in CALLS:
            continue
        words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name.startswith("pgettext"):
            words = words[1:]
        if words:
            yield words[0], words[1] if "ngettext" in name or name == "_n" else None


def texts(folder: Path) -> dict[tuple[str, str | None], Path]:
    """Every text of a folder with the file it was first seen in."""
    found: dict[tuple[str, str | None], Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".html":
            pairs = texts_of_template(path.read_text("utf-8"))
        elif path.suffix == ".py":
            pairs = texts_of_python(path.read_text("utf-8"))
        else:
            continue
        for pair in pairs:
            if pair[0].strip():
                found.setdefault(pair, path)
    return found


def catalogue(folder: Path) -> dict[str, polib.POEntry]:
    """The translated entries of a room's zh_Hans file."""
    path = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return {}
    return {entry.msgid: entry for entry in polib.pofile(str(path)) if entry.translated()}


def told_apart(rooms: dict[str, dict[str, polib.POEntry]]) -> Iterator[str]:
    """Sentences about English words of which two rooms give different Chinese: one site shows only the first, everywhere."""
    chosen: dict[tuple[str | None, str], tuple[str, Any]] = {}
    for room, entries in sorted(rooms.items()):
        for msgid, entry in entries.items():
            said = (entry.msgstr, entry.msgstr_plural)
            first, words = chosen.setdefault((entry.msgctxt, msgid), (room, said))
            if words != said:
                yield (
                    f"{msgid!r} is {words[0] or words[1]!r} in {first} and {said[0] or said[1]!r} in {room}: use the same Chinese, "
                    "or other English where another thing is meant"
                )


def check(folders: list[Path]) -> int:
    faults = 0
    for sentence in told_apart({room.name: catalogue(room) for room in ROOT.iterdir() if room.is_dir()}):
        print(sentence)
        faults += 1
    everywhere = {msgid for room in ROOT.iterdir() if room.is_dir() for msgid in catalogue(room)}
    for folder in folders:
        for (text, plural), path in texts(folder).items():
            if text not in everywhere:
                print(
                    f"{path.relative_to(ROOT.parent.parent)}: no Chinese for {text!r}{' / ' + repr(plural) if plural else ''}"
                )
                faults += 1
        for msgid, entry in catalogue(folder).items():
            wanted = set(re.findall(r"%\((\w+)\)", msgid + entry.msgid_plural))
            for translated in [entry.msgstr, *entry.msgstr_plural.values()]:
                unknown = set(re.findall(r"%\((\w+)\)", translated)) - wanted
                if unknown:
                    print(
                        f"{folder.name}: the Chinese of {msgid!r} names {sorted(unknown)}, which the text does not give"
                    )
                    faults += 1
    return 1 if faults else 0


def put(translations: polib.POFile, path: Path) -> None:
    """Write a .mo file beside and rename it: a process that reads meanwhile sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    translations.save_as_mofile(str(draft))
    draft.replace(path)


def traditional_field_words() -> str:
    """The field app's words in Traditional Chinese, as TypeScript."""
    source = FIELD.joinpath("zh.ts").read_text("utf-8")
    body = source[source.index("export const zh = ") : source.index("\ntype Widened")]
    head = "/* Made from zh.ts by `tools/messages.py field`; change that file instead. */\n\nimport type { Words } from './zh'\n\n"
    return (
        head
        + OpenCC("s2twp").convert(body).replace("export const zh = ", "export const zhHant: Words = ").rstrip()
        + "\n"
    )


def compile_all() -> int:
    convert = OpenCC("s2twp").convert
    for path in sorted(ROOT.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        simplified = polib.pofile(str(path))
        put(simplified, path.with_suffix(".mo"))
        target = Path(str(path).replace("zh_Hans", "zh_Hant")).with_suffix(".mo")
        for entry in simplified:
            entry.msgstr = convert(entry.msgstr)
            entry.msgstr_plural = {k: convert(v) for k, v in entry.msgstr_plural.items()}
        put(simplified, target)
    return 0


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["compile"]:
        return compile_all()
    if arguments[:1] == ["field"]:
        FIELD.joinpath("zh_hant.ts").write_text(traditional_field_words(), "utf-8")
        return 0
    if arguments[:1] == ["check"]:
        folders = [Path(a).resolve() for a in arguments[1:]] or sorted(p for p in ROOT.iterdir() if p.is_dir())
        if FIELD.joinpath("zh_hant.ts").read_text("utf-8") != traditional_field_words():
            print("frontend/src/field/words/zh_hant.ts is older than zh.ts: run `python tools/messages.py field`.")
            return 1
        return check(folders)
    print(__doc__)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
