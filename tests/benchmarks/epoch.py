"""One epoch as a user has it: the whole process, start-up, validation and files included.

Each side trains SASRec once through the data with full cross-entropy, and measures it on the
validation items.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rows import BATCH, BLOCKS, DIM, DROPOUT, HEADS, SEED

HERE = Path(__file__).parent
SEQREC = Path(sys.executable).with_name("seqrec")
LENGTH = 50
SYNTHETIC = ("--users=22363", "--items=12101", "--events-per-user=9", "--no-features")


def measured(pythons: dict[str, str], data: Path | None, pairs: int, threads: int) -> dict:
    """Seconds of each side in each round, A B C A B C; and what the data folder reports.

    `pythons` are interpreters of the peers by name. Without data, it is made of Beauty's sizes.
    """
    with tempfile.TemporaryDirectory(prefix="seqrec-bench-") as name:
        folder = Path(name)
        if data is None:
            data = folder / "data"
            subprocess.run([SEQREC, "data", "synth", "--out", data, *SYNTHETIC], check=True)
        spec = described(data, folder / "spec.json")
        rounds = []
        for number in range(pairs):
            taken = {
                peer: seconds([python, HERE / f"{peer}_epoch.py", data, spec], threads)
                for peer, python in pythons.items()
            }
            run = folder / f"run{number}"
            taken["seqrec"] = seconds([SEQREC, "fit", spec, "--out", run], threads)
            rounds.append(taken)
            print(", ".join(f"{side} {each:.1f} s" for side, each in taken.items()), flush=True)
        return {"rounds": rounds, "data": json.loads((data / "report.json").read_text())}


def described(data: Path, target: Path) -> Path:
    """A spec of one epoch in a file; the peers read their settings from it too."""
    settings = {
        "model.embedding_dim": DIM,
        "model.num_heads": HEADS,
        "model.num_blocks": BLOCKS,
        "model.max_sequence_length": LENGTH,
        "model.dropout": DROPOUT,
        "data.batch_size": BATCH,
        "trainer.max_epochs": 1,
        "seed": SEED,
    }
    words = [word for pair in settings.items() for word in ("--set", "{}={}".format(*pair))]
    command = [SEQREC, "init", "sasrec", "--data", data, "--out", target]
    subprocess.run([*command, *words], check=True, capture_output=True)
    return target


def seconds(command: list, threads: int) -> float:
    """Wall time of a process from start to end."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - start
