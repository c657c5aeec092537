"""What is wanted of pages."""

LISTS = "list of"
MOST_FOR_LISTS = 100
MOST_FOR_ANALYSIS = 500
