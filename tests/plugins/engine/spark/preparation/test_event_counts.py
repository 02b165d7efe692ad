"""Summaries of parts add up to that of the whole."""

import polars as pl
from seqrec_engine_spark.preparation.event_counts import summary_of
from seqrec_engine_spark.preparation.event_files import SparkFile, SparkRows
from seqrec_engine_spark.preparation.file_parts import BEGIN, PATH, ParquetParts
from seqrec_tool_prepare.interactions import interactions
from seqrec_tool_prepare.row_numbers import ROW
from seqrec_tool_prepare.survey import survey_events
from seqrec_tool_prepare.tables import Table

EVENTS = pl.DataFrame(
    {"user": [1, 2, None, 2, 3], "item": [5, None, None, 6, 5], "timestamp": [1, 2, 3, None, 5]}
)


class Source:
    """A frame of Spark, of two rows a batch, whose single task runs here."""

    def __init__(self, frame):
        self.frame = frame

    def select(self, *names):
        return Source(self.frame.select(name.strip("`") for name in names))

    def mapInArrow(self, function, schema):  # noqa: N802
        batches = self.frame.to_arrow().to_batches(max_chunksize=2)
        self.answers = [(cell.as_py(),) for b in function(batches) for cell in b.column(0)]
        return self

    def collect(self):
        return self.answers


def test_the_summary_of_parts_is_that_of_all(tmp_path):
    placed = EVENTS.with_columns(
        pl.lit("log").alias(PATH), pl.int_range(pl.len(), dtype=pl.Int64).alias(BEGIN)
    )
    rows = SparkRows(Source(placed), ParquetParts({"log": 0}))
    file = SparkFile(tmp_path / "log", "parquet", EVENTS.clear().lazy(), is_text=False)
    frame = EVENTS.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW))
    source = interactions(Table((file,), frame.lazy()), {})

    def counted(plan):
        whole = plan.source.table.collect(plan.summary())[0].row(0, named=True)
        assert summary_of(plan, rows) == whole
        assert whole["read"] == 5
        assert whole["kept"] == 2
        ids = pl.DataFrame({"key": [1, 3], "count": [1, 1]}, schema_overrides={"count": pl.UInt32})
        return whole, ids, ids

    survey = survey_events(source, drop_incomplete=True, counted=counted)
    assert survey.incomplete == {"user": 1, "item": 1, "timestamp": 1}
