"""Learning: cases become parts and folds, columns become numbers, and every learner is tried in the same folds."""
