"""Compares the memory that `seqrec plan` predicts with what training then uses (Linux).

    python tests/results/planned_memory.py                    # the table of docs/plan.md
    python tests/results/planned_memory.py "two_tower"        # cases whose title holds a word
    python tests/results/planned_memory.py --spec spec.json   # bytes that one spec's run uses

A run is a process of its own that trains for three steps, after a small model has warmed up the
libraries. Its memory is the growth of resident memory at its highest.
"""

import argparse
import ctypes
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

RETURNS_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
STEPS = 3

Case = tuple[int, dict[str, Any], dict[str, Any]]  # items, model, data
SPARSE = {"type": "sequence", "sparse": True}
CASES: dict[str, Case] = {
    "sasrec, ce, V = 12,101, L = 50, B = 128": (12_101, {}, {}),
    "V = 100,000": (100_000, {}, {}),
    "V = 1,000,000, B = 16": (1_000_000, {}, {"batch_size": 16}),
    "L = 200": (12_101, {"max_sequence_length": 200}, {}),
    "B = 1,024": (12_101, {}, {"batch_size": 1024}),
    "sce": (12_101, {"loss": {"type": "sce"}}, {}),
    "ce_sampled, 1,000 negatives": (12_101, {"loss": {"type": "ce_sampled"}}, {}),
    "V = 1,000,000, ce_sampled, 1,000 negatives": (1_000_000, {"loss": {"type": "ce_sampled"}}, {}),
    "the same with row-sparse gradients": (
        1_000_000,
        {"loss": {"type": "ce_sampled"}, "embedder": SPARSE},
        {},
    ),
    "diff_transformer": (12_101, {"encoder": {"type": "diff_transformer"}}, {}),
    "two_tower": (12_101, {"type": "two_tower"}, {}),
    "two_tower, V = 100,000": (100_000, {"type": "two_tower"}, {}),
}


def write_case(folder: Path, case: Case) -> Path:
    """The spec of a case, and data for three full batches of users with long histories."""
    items, model, data = case
    features = [
        {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": items},
        {"name": "query_id", "type": "categorical", "hint": "query_id", "cardinality": 9}
        | {"is_seq": False},
    ]
    is_two_tower = model.get("type") == "two_tower"
    if is_two_tower:
        source = {"source": "item_features"}
        features.append({"name": "genre", "type": "categorical", "cardinality": 20} | source)
    small = {"type": "sasrec", "embedding_dim": 64, "num_heads": 2, "max_sequence_length": 50}
    spec: dict[str, Any] = {
        "seqrec": 2,
        "schema": {"features": features},
        "model": small | model,
        "data": {"type": "parquet", "folder": ".", "batch_size": 128, "validate": None} | data,
        "trainer": {"type": "lightning", "max_epochs": 1},
        "trackers": [],
    }
    if "sampled" in model.get("loss", {}).get("type", ""):
        spec["model"]["negatives"] = {"num_negative_samples": 1000}
    folder.mkdir(parents=True, exist_ok=True)
    write_data(folder, spec, items, is_two_tower)
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    return path


def write_data(folder: Path, spec: dict[str, Any], items: int, is_two_tower: bool) -> None:
    """`train.parquet` and `items.parquet` of ids drawn at random."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    users = STEPS * spec["data"]["batch_size"]
    shape = users, spec["model"]["max_sequence_length"] + 1
    columns = {"item_id": rng.integers(items, size=shape)}
    about_items = {"item_id": np.arange(items)}
    if is_two_tower:
        about_items["genre"] = rng.integers(20, size=items)
        columns["genre"] = about_items["genre"][columns["item_id"]]
    lists = {name: pa.array(list(ids)) for name, ids in columns.items()}
    pq.write_table(pa.table({"query_id": np.arange(users), **lists}), folder / "train.parquet")
    pq.write_table(pa.table(about_items), folder / "items.parquet")


def train(spec: Path) -> None:
    """Builds and trains, as `seqrec fit` does; keeps nothing."""
    from rich.console import Console

    from seqrec_core.build import Runtime, build, build_part
    from seqrec_core.contracts import Run
    from seqrec_core.session import load_resolved

    recipe = load_resolved(spec).recipe
    runtime = Runtime.of(recipe, model=build(recipe))
    data = build_part(recipe.data, runtime, "data")
    trainer = build_part(recipe.trainer, runtime, "trainer")
    with tempfile.TemporaryDirectory() as out:
        console = Console(file=open(os.devnull, "w"))  # noqa: SIM115
        trainer.fit(Run(model=runtime.model, data=data, folder=Path(out), console=console))


def resident(name: str) -> int:
    """A figure of this process: VmRSS is resident memory, VmHWM the most there was."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))


def warm_up(spec: Path) -> None:
    """Trains the model of a spec, made small, so that the libraries are loaded."""
    with tempfile.TemporaryDirectory() as folder:
        model = json.loads(spec.read_text())["model"] | {"max_sequence_length": 8}
        train(write_case(Path(folder), (2000, model, {"batch_size": 4})))


def used(spec: Path) -> dict[str, int]:
    """Bytes by which training makes this process grow, and all that it holds at its highest."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # sets VmHWM back
    before = resident("VmRSS")
    train(spec)
    return {"growth": resident("VmHWM") - before, "process": resident("VmHWM")}


def used_by_run(*specs: Path, **environment: str) -> list[dict[str, int]]:
    """What `used` finds for each spec in one process of its own, on one thread."""
    done = subprocess.run(
        [sys.executable, __file__, "--spec", *map(str, specs)],
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("word", nargs="?", default="")
    parser.add_argument("--spec", type=Path, nargs="+", default=[])
    arguments = parser.parse_args()
    for spec in arguments.spec:
        warm_up(spec)
    for spec in arguments.spec:
        print(json.dumps(used(spec)))
    if not arguments.spec:
        print_table(arguments.word)


def predicted(spec: Path) -> tuple[int, int]:
    """The peak, and the process, in bytes, as `seqrec plan` says."""
    from seqrec_tool_plan.quantities import size_of

    done = subprocess.run(["seqrec", "plan", str(spec)], capture_output=True, text=True, check=True)
    rows = re.findall(r"^ *(peak|with the process) +([\d.]+ \wB)", done.stdout, re.MULTILINE)
    peak, process = (size_of(name, size) for name, size in rows)
    return peak, process


def print_table(word: str) -> None:
    """Every case whose title holds a word: predicted, and used by runs of their own.

    Growth is measured with a malloc that returns what is freed, the process with the default.
    """
    print("| | peak predicted | used | error | process predicted | used | error |")
    print("|---|---|---|---|---|---|---|")
    for title, case in CASES.items():
        if word not in title:
            continue
        with tempfile.TemporaryDirectory() as folder:
            spec = write_case(Path(folder), case)
            peak, process = predicted(spec)
            growth = used_by_run(spec, **RETURNS_MEMORY)[0]["growth"]
            whole = used_by_run(spec)[0]["process"]
        print("|", " | ".join([title, *compared(peak, growth), *compared(process, whole)]), "|")
        sys.stdout.flush()


def compared(predicted: int, used: int) -> list[str]:
    return [f"{predicted / 1e6:,.0f} MB", f"{used / 1e6:,.0f} MB", f"{predicted / used - 1:+.0%}"]


if __name__ == "__main__":
    main()
