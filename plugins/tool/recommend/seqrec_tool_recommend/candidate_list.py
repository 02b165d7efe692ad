"""Items of a file to choose from: one a line, or the column `item` of a parquet file."""

from collections.abc import Callable
from pathlib import Path

from seqrec_core.errors import DataError
from seqrec_core.vocabulary import read_table

__all__ = ["candidate_list"]


def candidate_list(path: Path, knows: Callable[[str], bool]) -> list[str]:
    """The items that a file names, as text, in its order; empty lines are none.

    Space around a line belongs to its item where the model `knows` such a one.

    Raises DataError for a file that cannot be read, is for other users each, or names no item.
    """
    if not path.is_file():
        raise DataError(f"{path} is no file; give one with an item a line")
    if path.suffix.lower() == ".parquet":
        column = read_table(path, "item")["item"]
        if column.null_count:
            row = column.to_pylist().index(None)
            raise DataError(f"{path}: 'item' is null in row {row}; leave that row out")
        items = [str(item) for item in column.to_pylist()]
    else:
        items = [line if knows(line) else line.strip() for line in _lines(path)]
    if not items:
        raise DataError(f"{path} names no item; give one a line")
    return items


def _lines(path: Path) -> list[str]:
    """The lines of a text file that hold anything, without the byte-order mark."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as cause:
        raise DataError(f"{path} is no text in UTF-8: {cause}; save it as UTF-8") from cause
    lines = [line for line in text.split("\n") if line.strip()]
    if lines[:1] in (["user,item"], ["item,user"]):
        raise DataError(f"{path} names items for users; one history has no user: give items alone")
    return lines
