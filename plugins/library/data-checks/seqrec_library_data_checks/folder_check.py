"""Everything that can be found wrong in a data folder, in one pass over its rows."""

from collections.abc import Iterator
from pathlib import Path

from seqrec_core.data_folder import SPLITS, DataFolder
from seqrec_core.errors import DataError, SeqrecError
from seqrec_core.schema import TensorSchema
from seqrec_library_data_checks.catalogue_files import catalogue_faults
from seqrec_library_data_checks.expectation import expectations, item_column
from seqrec_library_data_checks.finding import ERROR, NOTICE, Finding, told_once
from seqrec_library_data_checks.footers import Footer, parquet_files
from seqrec_library_data_checks.split_leaks import leaks
from seqrec_library_data_checks.split_rows import SplitRows, relative, repeated
from seqrec_library_data_checks.type_checks import missing_columns

MEASURED = ("validate", "test")
_ALL_ROWS = 2**62


def folder_findings(folder: Path, schema: TensorSchema, is_filtered: bool = True) -> list[Finding]:
    """Errors, then notices, each kind once for a column of a file.

    Held in memory are some rows, and four numbers for each row of a split. The schema needs a
    feature with the hint of an item id. `is_filtered`: seen items are taken out, which is an error
    where they are all that is to be found.
    """
    return told_once(_findings(folder, schema, is_filtered))


def _findings(folder: Path, schema: TensorSchema, is_filtered: bool) -> Iterator[Finding]:
    there = DataFolder(folder)
    yield from catalogue_faults(folder, schema, _ALL_ROWS)
    yield from _defaults(there)
    splits: dict[str, list[SplitRows]] = {}
    for split in SPLITS:
        splits[split] = []
        files = parquet_files(there.split(split))
        if not files:
            yield _absence(split)
        for path in files:
            try:
                footer = Footer(path)
            except DataError as cause:
                yield unreadable(path, folder, cause)
                continue
            yield from _columns(footer, split, relative(path, folder), schema, is_filtered)
            columns, item = expectations(schema), item_column(schema) or ""
            query = next(name for name, it in columns.items() if it.is_query)
            rows = SplitRows(footer, relative(path, folder), columns, item, query, is_filtered)
            yield from rows.findings()
            splits[split].append(rows)
        if splits[split]:
            yield from repeated(splits[split])
    for split in MEASURED:
        if splits["train"] and splits[split]:
            yield from leaks(splits["train"], splits[split])


def unreadable(path: Path, folder: Path, cause: DataError) -> Finding:
    """What is said of a file that is no Parquet."""
    message, _, remedy = str(cause).removeprefix(f"{path}: ").rpartition("; ")
    return Finding(file=relative(path, folder), message=message, remedy=remedy)


def _absence(split: str) -> Finding:
    """What is said of a split that is not there: without training there is nothing to do."""
    is_needed = split == "train"
    return Finding(
        severity=ERROR if is_needed else NOTICE,
        file=f"{split}.parquet",
        message="is not there",
        remedy="make it with `seqrec data prepare`" + (", where it is needed" * (not is_needed)),
    )


def _columns(
    footer: Footer, split: str, file: str, schema: TensorSchema, is_filtered: bool
) -> Iterator[Finding]:
    """Columns that a file lacks, or that nothing reads; a file without rows."""
    columns = expectations(schema)
    if not footer.metadata.num_rows:
        yield Finding(
            file=file, message="has no rows", remedy="leave the file out or prepare it again"
        )
    yield from missing_columns(file, footer.fields, columns, split in MEASURED)
    if split != "train" and "seen_ids" not in footer.fields.names:
        yield Finding(
            severity=ERROR if is_filtered else NOTICE,
            file=file,
            column="seen_ids",
            message="is missing, so that the filter of seen items cannot work",
            remedy="add it, or set postprocessors to []",
        )
    query = next(name for name, it in columns.items() if it.is_query)
    if query not in footer.fields.names:
        said, remedy = "is missing, by which rows are told apart", "add it: a number for each user"
        severity = NOTICE if split == "train" else ERROR
        yield Finding(severity=severity, file=file, column=query, message=said, remedy=remedy)
    for name in footer.fields.names:
        if name not in columns and name != "timestamp":
            said, remedy = "is no feature of the schema", "nothing reads it: leave it, or add it"
            yield Finding(severity=NOTICE, file=file, column=name, message=said, remedy=remedy)


def _defaults(folder: DataFolder) -> Iterator[Finding]:
    """What is wrong with defaults.json."""
    try:
        folder.spec_defaults()
    except SeqrecError as cause:
        message, _, remedy = str(cause).removeprefix(f"{folder.defaults}: ").rpartition("; ")
        said = message or remedy
        remedy = remedy if message else "correct it, or delete the file"
        yield Finding(file=folder.defaults.name, message=said, remedy=remedy)
