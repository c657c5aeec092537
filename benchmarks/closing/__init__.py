"""A closing's computation by four sides on the same pinned files: ours, SQL by hand, Polars, pandas."""
