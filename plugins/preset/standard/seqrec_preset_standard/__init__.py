"""Presets: the models people ask for, as spec files."""
