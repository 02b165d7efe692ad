"""Numeric kernels that seqrec plugins share; a library, it declares no components."""
