"""The commands on bundles: verify, requirements."""
