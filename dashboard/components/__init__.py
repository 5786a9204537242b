"""Components: pure functions from values to what the browser shows."""
