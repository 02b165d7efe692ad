"""Hidden states of a prediction run."""
