"""Who works here: units, persons, posts held from a day until a day. Verbs: none by hand yet, files bring them."""
