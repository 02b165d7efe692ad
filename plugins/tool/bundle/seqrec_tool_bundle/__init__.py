"""The command on bundles: verify."""
