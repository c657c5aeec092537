"""Settings, addresses and the WSGI door. The only room that sees every other."""
