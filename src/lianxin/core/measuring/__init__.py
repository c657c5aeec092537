"""What order lines say about managers, retailers, routes, units and the company, month by month."""
