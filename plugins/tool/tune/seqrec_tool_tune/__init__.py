"""The command that searches for better settings of a spec."""
