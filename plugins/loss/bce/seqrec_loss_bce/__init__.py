"""Binary cross-entropy losses."""
