"""Writes a plugin project to start from: see `project`."""
