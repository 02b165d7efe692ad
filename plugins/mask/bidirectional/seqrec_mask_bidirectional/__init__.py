"""The attention mask that looks both ways."""
