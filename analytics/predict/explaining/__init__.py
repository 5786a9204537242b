"""Explaining: what a model goes by, and why one case has its score."""
