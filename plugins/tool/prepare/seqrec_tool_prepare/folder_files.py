"""A folder as input: that of a parquet data set, or of files in lines."""

from pathlib import Path

from seqrec_core.errors import DataError
from seqrec_tool_prepare.file_formats import has_known_suffix
from seqrec_tool_prepare.parquet_files import is_parquet, visible_files

__all__ = ["files_of_folder"]


def files_of_folder(folder: Path) -> list[Path]:
    """The folder alone where it has parquet files, else its files of known suffixes, by name.

    Raises DataError where there is none.
    """
    files = visible_files(folder)
    if any(map(is_parquet, files)):
        return [folder]
    if known := [path for path in files if has_known_suffix(path)]:
        return known
    raise DataError(
        f"{folder}: no file in this folder has the suffix of a format that is read, such as .csv, "
        f".jsonl or .parquet; name files by a pattern, such as '{folder}/*', with --format"
    )
