"""The store: trainings kept beside a dataset, sealed, listed and put in use, and their cards."""
