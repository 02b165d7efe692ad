"""The values of a run in a CSV file, a line each."""
