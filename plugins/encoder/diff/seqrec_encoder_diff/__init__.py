"""The differential transformer encoder."""
