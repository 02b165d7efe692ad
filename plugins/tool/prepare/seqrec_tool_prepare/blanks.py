"""Empty text, which stands for a missing value."""

import polars as pl

__all__ = ["without_blanks"]


def without_blanks(text: pl.Expr) -> pl.Expr:
    """The text, null where it is empty; it streams, where `replace` holds the whole column."""
    return pl.when(text != "").then(text)
