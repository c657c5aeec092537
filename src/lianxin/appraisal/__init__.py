"""Schemes, closings, scorecards and pay.

Owns what a month was judged by and what came of it. Verbs: draft, consult, adopt, retire a scheme; judge; close a month;
propose and confirm pay. A closing computes from pinned evidence only, so the
same evidence always gives the same result; a person adopts a scheme he did not draft, and confirms pay he did not propose.
"""
