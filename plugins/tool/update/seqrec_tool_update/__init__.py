"""The command that goes on training with new data."""
