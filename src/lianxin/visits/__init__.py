"""Field work: call plans, visits, what was seen and promised, retailers' requests, policies told, records written."""
