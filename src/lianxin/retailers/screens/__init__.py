"""Pages and API of the retailers."""
