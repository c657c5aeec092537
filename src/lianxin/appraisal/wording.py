"""Words that the core carries in both languages, in the language of the person."""

from collections.abc import Iterable

from django.utils import translation

from lianxin.core.scoring.words import Fault, Words


def said(words: Words) -> str:
    """The words in the active language; Traditional Chinese falls back to Simplified."""
    language = translation.get_language() or "zh-hans"
    return words.zh if language.startswith("zh") else words.en


def sentences(faults: Iterable[Fault]) -> str:
    """Several faults as one text, each a sentence."""
    return " ".join(said(fault.words) for fault in faults)
