"""Row groups of Parquet files, on any filesystem, checked as they are read."""

import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs
import pyarrow.parquet as pq
from seqrec_library_data_checks.expectation import (
    Expectation,
    event_column,
    expectations,
    item_column,
)
from seqrec_library_data_checks.row_checks import row_faults
from seqrec_library_data_checks.type_checks import type_faults

from seqrec_core.errors import DataError
from seqrec_core.places import Store, is_remote, patiently
from seqrec_core.schema import TensorSchema
from seqrec_datamodule_parquet.prefetch import at_once
from seqrec_datamodule_parquet.remote_parquet import RemoteParquet


class RowGroup(NamedTuple):
    """One row group: its file, its number there, and its rows, from `first_row` of the file.

    Or a part of one: `rows` of its rows, after the first `skipped` of them.
    """

    file: str
    number: int
    first_row: int
    rows: int
    skipped: int = 0

    def part(self, first: int, rows: int) -> "RowGroup":
        """So many of its rows, from the first one on."""
        return self._replace(rows=rows, skipped=self.skipped + first)


class ParquetSource:
    """The row groups of a file, of several, or of a folder, in order.

    `filesystem` is one of pyarrow or fsspec, or the URI of one; URIs of files work without it.
    Footers are read at once, row groups on demand. Raises DataError for files that are missing,
    are not Parquet or have no rows. With `features`, what is read has to be as these say: types,
    ids, lengths of lists, finite numbers; a feature is read from its own `column`, and called
    by its name.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Sequence[str],
        filesystem: Any = None,
        features: TensorSchema | None = None,
    ):
        self.expected = {} if features is None else expectations(features)
        self.item = None if features is None else item_column(features)
        of_features = () if features is None else features.all_features
        self._columns = {feature.name: event_column(feature) for feature in of_features}
        try:
            dataset = _open(source, filesystem)
            self.filesystem = dataset.filesystem
            self.remote = RemoteParquet.of(self.filesystem)
            self.footers = {file: self._footer(file) for file in dataset.files}
        except FileNotFoundError as cause:
            raise DataError(
                f"{source}: no such file; make a data folder with `seqrec data prepare`, and name "
                "it in data.folder of the spec"
            ) from cause
        except (OSError, ValueError, ImportError, pa.ArrowException) as cause:
            raise DataError(
                f"{source}: cannot be read as Parquet: {cause}; write the file again"
            ) from cause
        self.groups = [group for file in dataset.files for group in self._groups_of(file)]
        if not self.groups:
            raise DataError(f"{source}: has no rows; leave the file out or prepare it again")

    @cached_property
    def column_names(self) -> list[str]:
        """Names of the columns that every file has, and of features that are read from them."""
        names = [footer.schema.to_arrow_schema().names for footer in self.footers.values()]
        common = [name for name in names[0] if all(name in other for other in names)]
        features = [name for name, column in self._columns.items() if column in common]
        return [*dict.fromkeys([*(n for n in common if n not in self._columns), *features])]

    def schema(self, columns: Iterable[str]) -> pa.Schema:
        """Types that columns are read as: numbers, or large lists of signed numbers.

        Raises DataError for a column that a file lacks, and for other types.
        """
        names, schemas = {name: self._column(name) for name in columns}, []
        for file, footer in self.footers.items():
            arrow = footer.schema.to_arrow_schema()
            if missing := [name for name in names.values() if name not in arrow.names]:
                raise DataError(f"{file}: no column {missing[0]!r}; it has {arrow.names}")
            for fault in type_faults(file, arrow, self._expected(names.values())):
                raise DataError(str(fault))
            ids = {name for name, it in self._expected(names.values()).items() if it.is_id}
            fields = [
                _numeric(file, arrow.field(column), column in ids).with_name(name)
                for name, column in names.items()
            ]
            schemas.append(pa.schema(fields))
        return schemas[0]

    def read(self, group: RowGroup, schema: pa.Schema) -> pa.Table:
        """The columns of a row group; DataError names file, column and row of what is wrong."""
        names = [self._column(name) for name in schema.names]
        try:
            table = self._columns_of(group, [*dict.fromkeys(names)])
        except (OSError, pa.ArrowException) as cause:
            last = group.first_row + group.skipped + group.rows - 1
            raise DataError(
                f"{group.file}: row group {group.number} cannot be read, rows {group.first_row} to "
                f"{last}: {' '.join(str(cause).split())}; write the file again"
            ) from cause
        fields = zip(names, schema, strict=True)
        columns = {name: _cast(group, table[name], field) for name, field in fields}
        table = pa.table(columns).combine_chunks()
        for name in columns:
            for chunk in table[name].chunks:
                if (row := _null_row(chunk)) is not None:
                    raise DataError(
                        f"{group.file}: column {name!r}, row {group.first_row + row}: null list, "
                        "or a null in the list; write an empty list, or a number"
                    )
        expected = self._expected(names)
        for fault in row_faults(table, expected, self.item, group.file, group.first_row):
            raise DataError(str(fault))
        read = pa.table([table[name] for name in names], names=schema.names)
        return read.slice(group.skipped, group.rows)

    def _columns_of(self, group: RowGroup, columns: list[str]) -> pa.Table:
        """The columns of a row group as they stand in the file."""
        footer = self.footers[group.file]
        if self.remote is not None:
            return self.remote.read_row_group(group.file, group.number, columns, footer)
        with self.filesystem.open_input_file(group.file) as handle:
            file = pq.ParquetFile(handle, metadata=footer, pre_buffer=True)
            return file.read_row_group(group.number, columns=columns)

    def _column(self, name: str) -> str:
        """The column in the file that is called by this name."""
        return self._columns.get(name, name)

    def _expected(self, names: Iterable[str]) -> dict[str, Expectation]:
        """What is known of these columns."""
        return {name: self.expected[name] for name in names if name in self.expected}

    def tables(
        self, groups: Iterable[RowGroup], schema: pa.Schema, skip: int, sizes: Iterable[int]
    ) -> Generator[pa.Table]:
        """Tables of these sizes, from the rows of the groups after the first `skip` of them.

        Groups that are skipped whole are not read.
        """
        rest = schema.empty_table()
        with closing(self._coming(groups, schema, skip)) as coming:
            for size in sizes:
                parts = []
                while size:
                    while not rest.num_rows:
                        rest = next(coming)
                    parts.append(rest.slice(0, size))
                    rest = rest.slice(parts[-1].num_rows)
                    size -= parts[-1].num_rows
                yield pa.concat_tables(parts).combine_chunks()

    def _coming(
        self, groups: Iterable[RowGroup], schema: pa.Schema, skip: int
    ) -> Generator[pa.Table]:
        """The rows of the groups after the first `skip` of them; of a remote file, read ahead."""
        left = []
        for group in groups:
            if skip < group.rows:
                left.append(group.part(skip, group.rows - skip) if skip else group)
            skip = max(0, skip - group.rows)
        if self.remote is None:
            yield from (self.read(group, schema) for group in left)
            return
        sizes = [self._bytes(group) for group in left]
        yield from at_once(lambda group: self.read(group, schema), left, sizes)

    def _bytes(self, group: RowGroup) -> int:
        return int(self.footers[group.file].row_group(group.number).total_byte_size)

    def _footer(self, file: str) -> pq.FileMetaData:
        """Row groups and types of a file, which stand at its end."""
        if self.remote is not None:
            return self.remote.footer(file)
        with self.filesystem.open_input_file(file) as handle:
            return pq.read_metadata(handle)

    def _groups_of(self, file: str) -> Iterator[RowGroup]:
        """The row groups of a file that hold any row."""
        first_row = 0
        for number in range(self.footers[file].num_row_groups):
            rows = self.footers[file].row_group(number).num_rows
            if rows:
                yield RowGroup(file, number, first_row, rows)
            first_row += rows


def _open(source: str | os.PathLike[str] | Sequence[str], filesystem: Any) -> ds.FileSystemDataset:
    """Which files the source stands for, and on which filesystem; ValueError for several."""
    if isinstance(source, os.PathLike):
        source = os.fspath(source)
    if isinstance(filesystem, str):
        filesystem, _ = _from_uri(filesystem)
    elif filesystem is None and isinstance(source, str) and "://" in source:
        filesystem, source = _from_uri(source)
    elif filesystem is None and any("://" in str(path) for path in source):
        places = [_from_uri(uri) for uri in source]
        filesystem, source = places[0][0], [path for _, path in places]
        if any(other != filesystem for other, _ in places):
            raise ValueError("the files are on several filesystems; read those of one at a time")
    if filesystem is not None and not isinstance(filesystem, pyarrow.fs.FileSystem):
        filesystem = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(filesystem))
    if (remote := RemoteParquet.of(filesystem)) is None:
        return ds.dataset(source, filesystem=filesystem, format="parquet")

    def listed() -> ds.FileSystemDataset:
        remote.system.invalidate_cache()
        return ds.dataset(source, schema=pa.schema([]), filesystem=filesystem, format="parquet")

    named = source if isinstance(source, str) else str(source[0])
    dataset: ds.FileSystemDataset = remote.explained(
        named, lambda: patiently(remote.shown(named), listed)
    )
    return dataset


def _from_uri(uri: str) -> tuple[pyarrow.fs.FileSystem, str]:
    """The filesystem, which is one of fsspec but for `file://`, and the path."""
    if not is_remote(uri):
        filesystem, path = pyarrow.fs.FileSystem.from_uri(uri)
        return filesystem, path
    store = Store.of(uri)
    return pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(store.system)), store.root


def _numeric(file: str, field: pa.Field, is_id: bool) -> pa.Field:
    """What a column is read as; DataError for what are no numbers, or lists three deep.

    Tables are looked up by integers of 32 or 64 bits: ids of fewer are widened.
    """
    depth, leaf = 0, field.type
    while isinstance(leaf, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        depth, leaf = depth + 1, leaf.value_type
    is_number = pa.types.is_boolean(leaf) or pa.types.is_integer(leaf) or pa.types.is_floating(leaf)
    if depth > 2 or not is_number:
        raise DataError(
            f"{file}: column {field.name!r} is {field.type}; it must hold numbers, lists of "
            "numbers or lists of such lists; encode it first"
        )
    is_narrow = is_id and leaf in (pa.int8(), pa.int16())
    type_ = pa.int64() if pa.types.is_unsigned_integer(leaf) or is_narrow else leaf
    for _ in range(depth):
        type_ = pa.large_list(type_)
    return pa.field(field.name, type_)


def _cast(group: RowGroup, column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    """The column as another type; DataError for numbers that it cannot hold."""
    try:
        return column.cast(field.type)
    except pa.ArrowException as cause:
        raise DataError(
            f"{group.file}: column {field.name!r}, rows from {group.first_row}: a number that "
            f"{field.type} cannot hold: {cause}; write numbers that it can"
        ) from cause


def _null_row(values: pa.Array, *, is_inner: bool = False) -> int | None:
    """Number of the first null list, or of the first list that holds a null."""
    is_list = isinstance(values, pa.LargeListArray)
    if values.null_count and (is_list or is_inner):
        return int(pc.index(values.is_null(), True).as_py())
    if not is_list:
        return None
    inner = _null_row(values.flatten(), is_inner=True)
    return None if inner is None else int(pc.list_parent_indices(values)[inner].as_py())
