"""Evaluation: what a model is worth, how sure that is, where the line for the most profit is, and how to say so."""
