"""Samplers that draw negative items."""
