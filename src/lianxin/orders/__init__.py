"""Order lines in: validated, deduplicated, committed to the lake, undone whole. Lines live in the lake, batches in the database."""
