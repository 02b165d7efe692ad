"""Sequences a second of one process with two threads and of two processes with one.

python tests/benchmarks/several_processes.py [FOLDER] [--users 20000] [--items 5000] [--epochs 2]

Prints a table, and writes FOLDER/several_processes.json; without a FOLDER nothing is left. The rate
is that of the last row of the history, of training alone; a row each of the full softmax and of
sampled negatives.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SEQREC = str(Path(sys.executable).with_name("seqrec"))
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node")
LOSSES = {"full": "ce", "sampled": "ce_sampled"}
LAUNCHES = {"1 process, 2 threads": (1, 2), "2 processes, 1 thread each": (2, 1)}
BATCH = 128  # rows of a step, of all processes together


def run(words: list[Any], threads: int) -> float:
    """Seconds that a program takes; raises where it fails, with what it said."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    done = subprocess.run(
        [*map(str, words)], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return time.perf_counter() - start


def measured(folder: Path, loss: str, launch: str, epochs: int) -> dict[str, Any]:
    """One fit: its rate of training, and its wall time."""
    processes, threads = LAUNCHES[launch]
    out = folder / f"{loss}-{processes}"
    settings = {
        "model.loss": LOSSES[loss],
        "data.batch_size": BATCH // processes,
        "trainer.max_epochs": epochs,
        "trainer.accelerator": "cpu",
    }
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    words = [SEQREC, "fit", folder / "spec.json", "--out", out, *sets]
    launcher = [*TORCHRUN, processes, "--no-python"] if processes > 1 else []
    seconds = run([*launcher, *words], threads)
    with (out / "logs" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    rate = float(rows[-1]["sequences_per_second"])
    return {"loss": loss, "launch": launch, "sequences_per_second": rate, "seconds": seconds}


def main() -> None:
    """Reads the options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--items", type=int, default=5_000)
    parser.add_argument("--epochs", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        compare(chosen, chosen.folder or Path(scratch))


def compare(chosen: argparse.Namespace, folder: Path) -> None:
    """Makes the data, runs all, prints and writes."""
    size = ["--users", chosen.users, "--items", chosen.items, "--events-per-user", 30]
    run([SEQREC, "data", "synth", "--out", folder / "data", *size], 2)
    run([SEQREC, "init", "sasrec", "--data", folder / "data", "--out", folder / "spec.json"], 2)
    rows = [measured(folder, loss, each, chosen.epochs) for loss in LOSSES for each in LAUNCHES]
    print("| loss | launch | sequences/s | seconds in all |\n|---|---|---:|---:|")
    for row in rows:
        rate, seconds = row["sequences_per_second"], row["seconds"]
        print(f"| {row['loss']} | {row['launch']} | {rate:,.0f} | {seconds:.1f} |")
    text = json.dumps({"users": chosen.users, "items": chosen.items, "rows": rows}, indent=2)
    (folder / "several_processes.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
