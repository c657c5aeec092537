"""Pages and API of the appraisal."""
