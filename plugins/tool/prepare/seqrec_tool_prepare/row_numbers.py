"""Where a row stands in the files of a table, as one number that grows with the place."""

__all__ = ["PLACE_BITS", "ROW", "row_bits"]

ROW = "__row__"
"""The column of a table's frame that holds the number."""
PLACE_BITS = 24
"""Where a row is a list of events, the lowest bits count them."""


def row_bits(files: int) -> int:
    """Bits that are left for the row in its file: the bits above them count the files."""
    return 63 - PLACE_BITS - (files - 1).bit_length()
