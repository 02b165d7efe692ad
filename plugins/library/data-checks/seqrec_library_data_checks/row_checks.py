"""What is wrong in the rows of one row group, column by column."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from seqrec_library_data_checks.column_checks import ColumnCheck
from seqrec_library_data_checks.expectation import Expectation
from seqrec_library_data_checks.finding import Finding
from seqrec_library_data_checks.nested_values import NestedValues, depth_and_leaf


def row_faults(
    table: pa.Table,
    columns: Mapping[str, Expectation],
    item: str | None,
    file: str,
    first_row: int,
) -> Iterator[Finding]:
    """Faults of the columns of a table, the first row of which is `first_row` of a file.

    Columns of other types than expected are left out. `item` is the column that says how many
    events each row has.
    """
    for check in checks_of(table, columns, item, file, first_row):
        yield from check.faults()
        yield from check.not_finite()


def checks_of(
    table: pa.Table,
    columns: Mapping[str, Expectation],
    item: str | None,
    file: str,
    first_row: int,
) -> Iterator[ColumnCheck]:
    """The checks of the columns of a table that have the expected types."""
    arrays = {
        name: array_of(table, name)
        for name, it in columns.items()
        if name in table.column_names and has_expected_type(table.schema.field(name).type, it)
    }
    has_items = item in arrays and columns[item].depth == 1
    events = NestedValues(arrays[item]).lengths() if item is not None and has_items else None
    for name, array in arrays.items():
        yield ColumnCheck(array, columns[name], file, first_row, None if name == item else events)


def array_of(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    column = table[name]
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks or [pa.array([], column.type)])
    )


def has_expected_type(type_: pa.DataType, it: Expectation) -> bool:
    """Whether a type has the dimensions that are expected, and numbers in them."""
    depth, leaf = depth_and_leaf(type_)
    is_whole = pa.types.is_integer(leaf)
    return depth == it.depth and (is_whole or (not it.is_id and pa.types.is_floating(leaf)))
