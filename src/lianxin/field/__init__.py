"""Pull and push for the field app: what a phone carries, and each record it sends applied once."""
