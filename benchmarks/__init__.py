"""What is measured, against what: ratios in one run, because machines differ and drift."""
