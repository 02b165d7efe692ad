"""The command line: `seqrec`."""

from seqrec_core.cli.app import app, main

__all__ = ["app", "main"]
