"""Scalable cross-entropy."""
