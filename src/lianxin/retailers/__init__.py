"""The licensed retailers: identity, licences, dated master data, tiers, routes, and who holds them from when until when."""
