"""A tiny model in plugin form, for tests of the core."""
