"""Reads of the market, each answered from the lake and kept until the lake has a newer version."""
