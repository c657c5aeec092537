"""Pages and API of the goods."""
