"""The causal attention mask."""
