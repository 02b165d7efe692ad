"""The commands on spec files: init, diff, schema."""
