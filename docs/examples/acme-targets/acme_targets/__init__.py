"""The sampler targets for seqrec."""
