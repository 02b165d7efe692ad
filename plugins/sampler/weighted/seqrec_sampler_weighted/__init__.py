"""Samplers that draw some items more often than others, and tell how often."""
