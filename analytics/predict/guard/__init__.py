"""The guard: columns that know the answer, and cases that were multiplied before they came."""
