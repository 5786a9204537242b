"""Scoring: one case, a file or all customers, and how far they are from those learnt from."""
