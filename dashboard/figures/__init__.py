"""Figures: pure functions from a table to a plain dict that Plotly draws."""
