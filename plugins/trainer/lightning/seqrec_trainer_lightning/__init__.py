"""The trainer that runs on Lightning."""
