"""Rows a second of a streamed table: from the disk, from a store over HTTP, and from a slow one.

OMP_NUM_THREADS=1 python tests/benchmarks/object_store.py [--rows 400000] [--latency-ms 50]
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1] / "fakes"))
from s3_proxy import running_proxy
from s3_server import running_s3
from seqrec_datamodule_parquet.dataset import ParquetDataset

COLUMNS = {"query_id": {}, "item_id": {"shape": 50, "padding": 0}}


def table_of(rows: int) -> pa.Table:
    """Histories of 5 to 50 items, and a column that nobody reads."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 51, rows)
    offsets = np.concatenate([[0], lengths.cumsum()])
    items = rng.integers(0, 100_000, offsets[-1])
    lists = pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(items))
    return pa.table({"query_id": np.arange(rows), "item_id": lists, "unread": rng.random(rows)})


def rows_a_second(source: str, rows: int) -> float:
    """Of one pass over the table in batches of 128, after the footer is read."""
    stream = ParquetDataset(source, COLUMNS, batch_size=128)
    began = time.perf_counter()
    seen = sum(len(batch["query_id"]) for batch in stream)
    assert seen == rows
    return seen / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--row-group", type=int, default=10_000)
    parser.add_argument("--latency-ms", type=float, default=50)
    arguments = parser.parse_args()
    with running_s3() as store, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.parquet"
        pq.write_table(table_of(arguments.rows), file, row_group_size=arguments.row_group)
        with running_proxy(int(store["AWS_ENDPOINT_URL"].rpartition(":")[2])) as (url, faults):
            os.environ |= store | {"AWS_ENDPOINT_URL": url}
            system = fsspec.filesystem("s3")
            system.mkdir("shop")
            system.put_file(str(file), "shop/train.parquet")
            disk = rows_a_second(str(file), arguments.rows)
            print(f"{'from':<24}{'rows/s':>10}{'of disk':>9}{'requests':>10}{'MB':>8}")
            print(f"{'disk':<24}{disk:>10,.0f}{1:>9.2f}{'':>10}{file.stat().st_size / 1e6:>8.1f}")
            for latency in (0, arguments.latency_ms):
                faults.latency, faults.sent = latency / 1e3, 0
                faults.lines.clear()
                speed = rows_a_second("s3://shop/train.parquet", arguments.rows)
                name, asked = f"store, {latency:g} ms a request", len(faults.lines)
                share, sent = speed / disk, faults.sent / 1e6
                print(f"{name:<24}{speed:>10,.0f}{share:>9.2f}{asked:>10}{sent:>8.1f}")


if __name__ == "__main__":
    main()
