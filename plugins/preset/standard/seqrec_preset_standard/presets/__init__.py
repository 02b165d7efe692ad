"""A file for each preset, NAME.json."""
