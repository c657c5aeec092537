"""Pages and API of surveys."""
