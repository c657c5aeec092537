"""Pages under load: a large company in the store, the real server, and people who think between pages."""
