"""Lines "user item item …": a row a user, with a list of items in order."""

from pathlib import Path

import attrs
import polars as pl

from seqrec_tool_prepare.input_files import InputFile
from seqrec_tool_prepare.row_numbers import ROW

__all__ = ["ItemLines", "open_item_lines"]


@attrs.frozen
class ItemLines:
    """The lines of a file; ids are strings."""

    file: InputFile
    frame: pl.LazyFrame
    format: str = "sequences"
    is_text: bool = True
    types: dict[str, str] = attrs.field(factory=dict)

    @property
    def path(self) -> Path:
        """The file as it was named."""
        return self.file.path

    def place(self, row: int) -> str:
        """The line of a row."""
        return f"line {row + 1}"

    def rows(self) -> int:
        """How many lines there are, which is as many rows at least."""
        return self.file.line_count()

    def fault(self) -> tuple[int, str] | None:
        """The first line that is not text."""
        return self.file.line_without_text()


def open_item_lines(file: InputFile) -> ItemLines:
    """Open it: columns user and item, a list, which is null for a user alone on a line."""
    file = file.scanned()
    words = pl.col("line").str.strip_chars_start("\ufeff").str.extract_all(r"\S+")
    items = words.list.slice(1)
    frame = pl.scan_lines(file.content, row_index_name=ROW, glob=False).select(
        pl.col(ROW).cast(pl.Int64),
        user=words.list.first(),
        item=pl.when(items.list.len() > 0).then(items),
    )
    return ItemLines(file, frame)
