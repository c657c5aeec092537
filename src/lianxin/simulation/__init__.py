"""A fictional municipal company, 临江市, built from a seed for the demo, the tests and the benchmarks.

It owns the `World` (who exists, what is sold, what drives every shop), the files such a company would export, and its
field work (`fieldwork`). `linjiang.write` and `linjiang.write_fieldwork` are its verbs; nothing here reads the database,
and nothing in an import ever reads `truth/`. Whoever adds surveys or conduct adds a generator that takes the `World` and
one module under `exports/`.
"""
