"""Training with Lightning: the module, optimisers, schedulers and the run commands."""
