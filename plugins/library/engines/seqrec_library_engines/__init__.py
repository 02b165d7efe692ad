"""The kind engine: what shares out work among processes, and what it asks of others."""
