"""The import of order lines, end to end, into a store that already holds many, beside DuckDB's plain copy of the same file."""
