"""Lines and rows as tasks of Spark get them, without Spark."""

import polars as pl
import pytest
from seqrec_engine_spark.preparation.file_parts import BEGIN, LINE, PATH


@pytest.fixture
def batches():
    """Record batches of the lines of a file, whose second part begins at byte 100."""

    def of(lines, second=(), size=2):
        frame = pl.DataFrame(
            {
                LINE: [*lines, *second],
                PATH: ["file:///log"] * (len(lines) + len(second)),
                BEGIN: [0] * len(lines) + [100] * len(second),
            },
            schema={LINE: pl.String, PATH: pl.String, BEGIN: pl.Int64},
        )
        return frame.to_arrow().to_batches(max_chunksize=size)

    return of
