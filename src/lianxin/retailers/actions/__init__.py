"""Verbs about retailers' access to their own pages: hand out codes, come in, leave, forget."""
