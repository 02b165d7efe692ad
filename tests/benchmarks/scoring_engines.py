"""Users a second of `seqrec predict`: by the trainer, and over each engine; the rows are compared.

    python tests/benchmarks/scoring_engines.py                      # the table of docs/scale.md
    python tests/benchmarks/scoring_engines.py --users 5000 --json engines.json
    python tests/benchmarks/scoring_engines.py --only trainer local-2

Synthetic users with histories of 50 events among 10,000 items, and a model of random weights
(sasrec, D = 64, two blocks). Every measurement is a command as it is typed, in its own process.
`start` is what the same command takes for 500 of the users: Python, Java and each process start,
and open the bundle. Users a second are those of the time beyond it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ENTRY = "from seqrec_core.cli import main; raise SystemExit(main())"
ITEMS, LENGTH, ROW_GROUP, TOP = 10_000, 50, 16_384, 10
FEW = 500
WAYS = {
    "trainer": [],
    "local-1": ["--engine", "local", "--set", "engine.processes=1"],
    "local-2": ["--engine", "local", "--set", "engine.processes=2"],
    "spark-2": ["--engine", "spark", "--set", "engine.master=local[2]"],
    "ray-2": ["--engine", "ray", "--set", "engine.concurrency=2"],
}


def main() -> None:
    """Measures every way and prints a table, and JSON where that is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--users", type=lambda text: int(float(text)), default=1_000_000)
    parser.add_argument("--items", type=lambda text: int(float(text)), default=ITEMS)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=[*WAYS])
    parser.add_argument("--json", type=Path, help="where to write the figures, too")
    parser.add_argument("--work", type=Path, help="a folder on a disk with room")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as name:
        folder = Path(name)
        write_data(folder / "data", options.users, options.items)
        write_data(folder / "few", FEW, options.items)
        write_bundle(folder, options.items)
        rows = [measured(folder, way, options.users) for way in options.only]
        first = folder / rows[0]["out"]
        for row in rows:
            row |= difference(first, folder / row["out"])
    print(f"\n{options.users:,} users, {options.items:,} items, {os.cpu_count()} cores\n")
    heads = ("seconds", "start", "users/s", "same rows")
    print(f"{'':10}{''.join(f'{head:>10}' for head in heads)}{'largest |Δ score|':>19}")
    for row in rows:
        said = "yes" if row["same"] else "NO"
        times = f"{row['seconds']:>10.1f}{row['start']:>10.1f}{row['users_a_second']:>10,.0f}"
        print(f"{row['way']:10}{times}{said:>10}{row['difference']:>19.1e}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    if not all(row["same"] for row in rows):
        raise SystemExit(1)


def write_data(folder: Path, users: int, items: int) -> None:
    """A prepared folder whose predict split is written a row group at a time."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    schema = pa.schema({name: pa.list_(pa.int64()) for name in ("item_id", "seen_ids")})
    schema = schema.insert(0, pa.field("query_id", pa.int64()))
    with pq.ParquetWriter(folder / "predict.parquet", schema) as writer:
        for first in range(0, users, ROW_GROUP):
            count = min(ROW_GROUP, users - first)
            lengths = rng.integers(5, LENGTH + 1, count)
            offsets = np.concatenate([[0], lengths.cumsum()]).astype(np.int32)
            events = pa.ListArray.from_arrays(
                offsets, pa.array(rng.integers(items, size=offsets[-1]))
            )
            ids = pa.array(np.arange(first, first + count))
            writer.write_table(pa.table([ids, events, events], schema=schema))
    names = {"item_id": range(items), "item": [f"i{n}" for n in range(items)], "count": [1] * items}
    pq.write_table(pa.table(names), folder / "items.parquet")
    ids = pa.array(np.arange(users))
    pq.write_table(pa.table({"query_id": ids, "user": ids}), folder / "users.parquet")


def write_bundle(folder: Path, items: int) -> None:
    """A bundle of a model whose weights are drawn at random, so that no scores tie."""
    import torch

    from seqrec_core.build import build
    from seqrec_core.bundle import Bundle
    from seqrec_core.session import load_resolved
    from seqrec_core.vocabulary import read_table

    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": items}
    spec = {
        "seqrec": 2,
        "schema": {"features": [feature]},
        "model": {
            "type": "sasrec",
            "embedding_dim": 64,
            "num_heads": 2,
            "num_blocks": 2,
            "max_sequence_length": LENGTH,
        },
        "data": {"type": "parquet", "folder": "data", "batch_size": 128},
        "trainer": {"type": "lightning", "accelerator": "cpu"},
        "trackers": [],
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    recipe = load_resolved(folder / "spec.json").recipe
    model = build(recipe)
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) / 10)
    table = read_table(folder / "data" / "items.parquet")
    Bundle.write(folder / "bundle", model, recipe, items=table)


def measured(folder: Path, way: str, users: int) -> dict:
    """Seconds of one command, for a few users and for all."""
    suffix = ".parquet" if way == "trainer" else ""
    start = seconds_of(folder, way, "few", f"few-{way}{suffix}")
    seconds = seconds_of(folder, way, "data", out := f"{way}{suffix}")
    rate = (users - FEW) / (seconds - start) if seconds > start and users > FEW else float("nan")
    return {"way": way, "out": out, "seconds": seconds, "start": start, "users_a_second": rate}


def seconds_of(folder: Path, way: str, data: str, out: str) -> float:
    """How long a command takes, its process included."""
    words = ["predict", "bundle", "--data", data, "--out", out, "--top-k", str(TOP), *WAYS[way]]
    print(f"seqrec {' '.join(words)}", flush=True)
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", "-c", ENTRY, *words], cwd=folder, check=True)
    return time.perf_counter() - begin


def difference(first: Path, other: Path) -> dict:
    """Whether two results have the same rows in order, and how far their scores are apart."""
    names = ["user", "item", "rank"]
    one, two = pq.read_table(first), pq.read_table(other)
    if not one.select(names).equals(two.select(names)):
        return {"same": False, "difference": float("nan")}
    apart = float(np.abs(one["score"].to_numpy() - two["score"].to_numpy()).max())
    return {"same": apart < 1e-5, "difference": apart}


if __name__ == "__main__":
    main()
