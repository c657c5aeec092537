"""Classical periodic vehicle routing instances (Cordeau's format) solved by the search of `lianxin.core.visiting`."""
