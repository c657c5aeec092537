"""Lianxin (连心): the system of everyone around a tobacco wholesaler's customer managers."""

__version__ = "0.1.0"
