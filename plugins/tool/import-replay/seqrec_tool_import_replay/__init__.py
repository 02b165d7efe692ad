"""Imports checkpoints of RePlay's sequence models."""
