"""Bundles to and from a hub, or any other file system: the commands push and pull."""
