"""The commands on spec files: init, diff, migrate, schema."""
