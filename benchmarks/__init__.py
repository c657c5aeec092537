"""Side-by-side measurements: what Lianxin costs beside the least that the same work could cost on the same machine.

`python -m benchmarks` runs them all; `docs/reference/benchmarks.md` keeps what came out. Nothing here is a timed test.
"""
