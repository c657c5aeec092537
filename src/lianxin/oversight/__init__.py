"""Questions and how they end: a flag is opened with evidence, the person concerned is heard, someone without interest closes it.

Its verbs: open, answer, go_on_unheard, take_up, close. Software only opens; people decide (docs/explanation/flags.md).
"""
