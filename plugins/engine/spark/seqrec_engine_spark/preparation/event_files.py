"""The files of a preparation as Spark reads them: a table whose rows stay with Spark."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl
from polars.io.plugins import register_io_source
from seqrec_tool_prepare.input_files import PACKED_SUFFIXES
from seqrec_tool_prepare.json_lines import JsonLines
from seqrec_tool_prepare.parquet_files import SUFFIXES
from seqrec_tool_prepare.row_numbers import ROW
from seqrec_tool_prepare.tables import Table, open_table

from seqrec_core.errors import DataError
from seqrec_core.places import is_remote
from seqrec_engine_spark.preparation.file_parts import (
    BEGIN,
    LINE,
    LINE_BREAK,
    PATH,
    ParquetParts,
    TextParts,
)
from seqrec_engine_spark.preparation.part_answers import answers_of
from seqrec_engine_spark.preparation.spark_paths import (
    escaped,
    first_rows,
    plain_path,
    refuse_empty,
    refuse_names,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SparkFile", "SparkRows", "open_by_spark"]

_SAMPLE = 10_000  # lines that say which keys JSON objects have


@attrs.frozen
class SparkFile:
    """One file; `frame` has its columns and no row."""

    path: Path
    format: str
    frame: pl.LazyFrame
    is_text: bool
    types: dict[str, str] = attrs.field(factory=dict)

    def place(self, row: int) -> str:
        """The row as an editor or a viewer counts it."""
        return f"{'line' if self.is_text else 'row'} {row + 1}"

    def rows(self) -> int:
        """None are here; Spark numbers any."""
        return 0

    def fault(self) -> None:
        """Nothing: a task says which line it cannot read."""


@attrs.frozen
class SparkRows:
    """What Spark reads, and what makes rows of it in each task."""

    source: "DataFrame"
    parts: TextParts | ParquetParts

    def asked(self, columns: Sequence[str]) -> "DataFrame":
        """What the tasks need for these columns."""
        if isinstance(self.parts, TextParts):
            return self.source
        return self.source.select(PATH, BEGIN, *(f"`{name}`" for name in columns))

    def lazy(self, schema: Mapping[str, Any]) -> pl.LazyFrame:
        """The rows as a frame of this process, which fetches those that a query selects."""

        def batches(
            columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _: int | None
        ) -> Iterator[pl.DataFrame]:
            names = columns or list(schema)
            needed = {*names, *(predicate.meta.root_names() if predicate is not None else ())}

            def selected(frame: pl.DataFrame) -> pl.DataFrame:
                chosen = frame if predicate is None else frame.filter(predicate)
                return chosen.select(names).cast({n: t for n, t in schema.items() if n in names})

            source = self.asked([name for name in schema if name in needed and name != ROW])
            for frame in answers_of(source, self.parts, selected, at_once=False):
                yield frame if rows is None else frame.head(rows)
                rows = None if rows is None else rows - len(frame)
                if rows is not None and rows <= 0:
                    return

        return register_io_source(batches, schema=dict(schema))


def open_by_spark(
    spark: "SparkSession",
    files: Sequence[str | Path],
    format: str | None,
    *,
    columns: Sequence[str] | None,
    separator: str | None,
    scratch: Path,
) -> tuple[Table, SparkRows]:
    """The table of the files, and its rows; DataError for what is no table, or lists of items."""
    names = [str(file) if is_remote(file) else _whole(Path(file)) for file in files]
    for name in names:
        if not is_remote(name):
            refuse_names(Path(name))
    is_parquet = format == "parquet" or (
        format is None and all(name.lower().endswith(SUFFIXES) for name in names)
    )
    if is_parquet:
        return _parquet(spark, names, files)
    return _text(spark, names, format, columns, separator, scratch)


def _whole(path: Path) -> str:
    """The path as Spark will name it."""
    return str(path.resolve() if ".." in path.parts else path.absolute())


def _parquet(
    spark: "SparkSession", names: list[str], files: Sequence[str | Path]
) -> tuple[Table, SparkRows]:
    if not any(map(is_remote, files)):
        open_table(files, "parquet")  # for what it refuses
    source = spark.read.parquet(*map(escaped, names))
    empty: Any = pl.from_arrow(source.limit(0).toArrow())
    source = source.selectExpr("*", f"_metadata.file_path {PATH}", f"_metadata.row_index {BEGIN}")
    first = first_rows(names, [row[0] for row in source.select(PATH).distinct().collect()])
    rows = SparkRows(source, ParquetParts(first))
    return _table(first, "parquet", empty, rows, is_text=False)


def _text(
    spark: "SparkSession",
    names: list[str],
    format: str | None,
    columns: Sequence[str] | None,
    separator: str | None,
    scratch: Path,
) -> tuple[Table, SparkRows]:
    from pyspark.sql import functions as f

    source = spark.read.text(list(map(escaped, names)), lineSep="\n").selectExpr(
        f"value {LINE}", f"_metadata.file_path {PATH}", f"_metadata.file_block_start {BEGIN}"
    )
    counts = _parts_of(source)
    refuse_empty(names, counts[PATH].unique().to_list())
    first = first_rows(names, counts[PATH].unique().to_list())
    ahead = (pl.col("lines").cum_sum() - pl.col("lines")).over(PATH)
    counts = counts.with_columns(ahead=ahead)
    before = {(p, b): n for p, b, n in counts.select(PATH, BEGIN, "ahead").rows()}
    lines = counts.drop_nulls("head").with_columns(pl.col("ahead") + pl.col("blank"))
    lines = lines.unique(PATH, keep="first", maintain_order=True)
    heads = dict.fromkeys(first, "") | {
        path: head.removeprefix("\ufeff").rstrip("\r")
        for path, head in lines.select(PATH, "head").rows()
    }
    lead = next(iter(first))
    sample = [row[0] for row in source.filter(f.col(PATH) == lead).limit(_SAMPLE).collect()]
    opened = _opened(heads | {lead: "\n".join([heads[lead], *sample])}, first, scratch)(
        format, columns, separator
    )
    file: Any = opened.files[0]
    if file.format == "sequences":
        raise DataError(f"{lead}: the Spark engine does not read sequences; leave --engine out")
    empty = file.frame.collect_schema().to_frame().drop(ROW)
    if isinstance(file, JsonLines):
        text_parts = TextParts(first, before, empty.columns, "jsonl", schema=file.schema)
    else:
        mark = "space" if file.separator.text is None else file.separator.text
        has_header = bool(file.header.is_line)
        line = (mark if mark != "space" else " ").join(file.header.names)
        text_parts = TextParts(
            *(first, before, empty.columns, file.format, mark),
            headers=heads if has_header else dict.fromkeys(heads, line),
            heads=dict(lines.select(PATH, "ahead").rows()) if has_header else {},
        )
        broken = [path for path, head in text_parts.headers.items() if head.count('"') % 2]
        if text_parts.is_quoted and broken:
            raise DataError(f"{broken[0]}, in the header: {LINE_BREAK}")
    rows = SparkRows(source, text_parts)
    return _table(first, file.format, empty, rows, is_text=True, types=file.types)


def _parts_of(source: "DataFrame") -> pl.DataFrame:
    """The parts of text files: lines, the first that is not blank, and blank ones before it."""
    from pyspark.sql import functions as f

    place = f.monotonically_increasing_id()
    order = f.when(f.col(LINE).rlike(r"[^\s\x{feff}]"), f.col("place"))
    parts = (
        source.withColumn("place", place)
        .withColumn("order", order)
        .groupBy(PATH, BEGIN)
        .agg(
            f.count("*").alias("lines"),
            f.min_by(LINE, "order").alias("head"),
            (f.min("order") - f.min("place")).alias("blank"),
        )
    )
    return pl.DataFrame(pl.from_arrow(parts.toArrow())).sort(PATH, BEGIN)


def _opened(
    texts: Mapping[str, str], order: Mapping[str, int], scratch: Path
) -> Callable[[str | None, Sequence[str] | None, str | None], Table]:
    """Opens the beginnings of the files, in their order; an error names the files themselves."""
    copies = {}
    for number, path in enumerate(order):
        name = Path(path).name
        name = name if not name.lower().endswith(PACKED_SUFFIXES) else Path(name).stem
        copies[path] = scratch / str(number) / name
        copies[path].parent.mkdir(parents=True)
        copies[path].write_text(texts[path] + "\n", encoding="utf-8")

    def opened(format: str | None, columns: Sequence[str] | None, separator: str | None) -> Table:
        try:
            files = list(copies.values())
            return open_table(files, format, columns=columns, separator=separator)
        except DataError as error:
            said = str(error)
            for path, copy in copies.items():
                said = said.replace(str(copy), plain_path(path))
            raise DataError(said) from None

    return opened


def _table(
    first: Mapping[str, int],
    format: str,
    empty: pl.DataFrame,
    rows: SparkRows,
    *,
    is_text: bool,
    types: dict[str, str] | None = None,
) -> tuple[Table, SparkRows]:
    names = [Path(plain_path(path)) for path in first]
    files = tuple(SparkFile(p, format, empty.lazy(), is_text, types or {}) for p in names)
    frame = rows.lazy({ROW: pl.Int64(), **empty.schema})
    has_header = isinstance(rows.parts, TextParts) and bool(rows.parts.heads)
    return Table(files, frame, has_header=has_header), rows
