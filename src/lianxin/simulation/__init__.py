"""A fictional municipal company, 临江市, built from a seed for the demo, the tests and the benchmarks.

It owns the `World` (who exists, what is sold, what drives every shop) and the files such a company would export.
`linjiang.write` is the one verb; nothing here reads the database, and nothing in an import ever reads `truth/`.
Whoever adds visits, surveys or conduct adds a generator that takes the `World` and one module under `exports/`.
"""
