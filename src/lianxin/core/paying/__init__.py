"""Paying: divide a pool by score, coefficient and days in post, to the fen."""
