"""Frames of pandas, polars and pyarrow: read through Arrow, and given back in their own kind."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from seqrec_core.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Frame", "frame_file", "like"]


@runtime_checkable
class ArrowStream(Protocol):
    """Any table that Arrow can read: of pandas, polars, pyarrow, duckdb and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as a stream of Arrow's C interface."""


@runtime_checkable
class LazyFrame(Protocol):
    """A query of polars, which it writes to a file without holding the rows."""

    def collect_schema(self) -> Any:
        """Names and types of the columns."""

    def sink_parquet(self, path: Path) -> Any:
        """Writes the rows to a file."""


Frame = ArrowStream | LazyFrame  # neither pandas nor polars is imported to tell


@contextmanager
def frame_file(frame: Frame, what: str = "the frame", name: str = "frame") -> Iterator[Path]:
    """A parquet file with the rows of a frame, for a while.

    A DataError inside names the frame, as `what`, where it would name the file.
    """
    with TemporaryDirectory(prefix="seqrec-") as folder:
        path = Path(folder) / f"{name}.parquet"
        _write(frame, path, what)
        try:
            yield path
        except DataError as error:
            raise type(error)(str(error).replace(str(path), what)) from error


def like(table: "pa.Table", frame: Frame) -> Any:
    """The table as a frame of the same library; of polars, a lazy one is answered by another."""
    library = _library(frame)
    if library == "pandas":
        return table.to_pandas()
    if library == "polars":
        eager = sys.modules["polars"].from_arrow(table)
        return eager.lazy() if isinstance(frame, LazyFrame) else eager
    return table


def _library(frame: Frame) -> str:
    return type(frame).__module__.partition(".")[0]


def _write(frame: Frame, path: Path, what: str) -> None:
    """Writes the rows; categories become what they stand for, an index without a name goes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if _library(frame) == "polars":
        _plain(frame).sink_parquet(path)
        return
    try:
        table = pa.table(frame)
        unnamed = [name for name in table.column_names if name.startswith("__index_level_")]
        table = table.drop_columns(unnamed).replace_schema_metadata()
        types = [
            pa.field(field.name, field.type.value_type)
            if pa.types.is_dictionary(field.type)
            else field
            for field in table.schema
        ]
        pq.write_table(table.cast(pa.schema(types)), path)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise DataError(
            f"{what} cannot be read: {error}; give each column a name of its own and one type"
        ) from error


def _plain(frame: Any) -> Any:
    """A frame of polars as a query, with categories as text."""
    import polars as pl

    kinds = frame.collect_schema().items()
    names = [name for name, kind in kinds if kind in (pl.Categorical, pl.Enum)]
    return frame.lazy().with_columns(pl.col(names).cast(pl.String)) if names else frame.lazy()
