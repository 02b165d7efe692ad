"""Titles of items, of a table with their ids: what people read instead of an id."""

from pathlib import Path
from typing import Any

import attrs

from seqrec_core.errors import DataError
from seqrec_core.places import local
from seqrec_core.vocabulary import read_table

__all__ = ["ItemTitles", "titles_option"]

FORM = "FILE:ID:TITLE, as in items.csv:id:title"


@attrs.frozen
class ItemTitles:
    """A table, and its columns of ids and of titles."""

    file: Path
    id: str
    title: str

    def read(self) -> dict[str, str]:
        """The title by the text of an id; the first where an id has several.

        Raises DataError for a file that cannot be read, or lacks a column.
        """
        is_parquet = self.file.suffix.lower() == ".parquet"
        table = read_table(self.file) if is_parquet else self._csv()
        for name in (self.id, self.title):
            if name not in table.column_names:
                raise DataError(
                    f"{self.file} has no column {name!r}; its columns are "
                    f"{', '.join(map(repr, table.column_names))}: give {FORM}"
                )
        titles: dict[str, str] = {}
        ids, names = table[self.id].to_pylist(), table[self.title].to_pylist()
        for each, title in zip(ids, names, strict=True):
            if each is not None and title is not None:
                titles.setdefault(str(each), str(title))
        return titles

    def _csv(self) -> Any:
        import pyarrow as pa
        from pyarrow import csv

        if not self.file.is_file():
            raise DataError(f"{self.file} is no file; give {FORM}")
        separator = "\t" if ".tsv" in self.file.suffixes else ","
        text = {self.id: pa.string(), self.title: pa.string()}  # "007" is no number
        try:
            return csv.read_csv(
                self.file,
                parse_options=csv.ParseOptions(delimiter=separator, newlines_in_values=True),
                convert_options=csv.ConvertOptions(column_types=text),
            )
        except (pa.ArrowInvalid, OSError) as cause:
            raise DataError(f"{self.file} cannot be read as CSV: {cause}") from cause


def titles_option(text: str) -> ItemTitles:
    """What `--titles` says; DataError for text of another form."""
    file, *columns = text.rsplit(":", 2)
    if len(columns) != 2 or not all((file, *columns)):
        raise DataError(f"--titles is {text!r}; give {FORM}")
    return ItemTitles(local(file), *columns)
