"""Pages and API of the people."""
