"""The command that says what a training step takes before it is run."""
