"""Rounds of fit, evaluate, predict and recommend in one process, for half an hour: what it holds.

`python tests/attacks/soak.py FOLDER [MINUTES]`
"""

import gc
import io
import os
import shutil
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from statistics import median
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from outcome import Outcome, run
from proc_files import holdings, resident
from typer.testing import CliRunner

from seqrec_core.cli import app

WARM = 10  # rounds until imports, caches and pools are there
FEWEST = 20
MOST_GROWTH = 0.05
SIZES = ("--users", "200", "--items", "80", "--clusters", "4", "--events-per-user", "12")
CHANGES = (
    "model.embedding_dim=16",
    "model.num_heads=2",
    "model.max_sequence_length=12",
    "trainer.max_epochs=2",
    "trainer.accelerator=cpu",
)


@attrs.frozen
class Reading:
    """What the process holds after a round."""

    megabytes: float
    arrow_megabytes: float
    objects: int
    models: int
    holdings: dict[str, int]

    @classmethod
    def now(cls) -> "Reading":
        """What it holds after a collection."""
        gc.collect()
        objects: list[Any] = gc.get_objects()
        models = sum(issubclass(type(each), torch.nn.Module) for each in objects)
        pool = pa.total_allocated_bytes() / 1e6
        return cls(resident(), pool, len(objects), models, holdings())


def attack(folder: Path) -> list[Outcome]:
    """Rounds until the minutes are over."""
    end = time.monotonic() + 60 * float(sys.argv[2] if len(sys.argv) > 2 else 30)
    prepare(folder)
    readings: list[Reading] = []
    while time.monotonic() < end or len(readings) < FEWEST:
        with redirect_stdout(io.StringIO()):
            one_round(folder)
        readings.append(Reading.now())
        if len(readings) % 5 == 0:
            last = readings[-1]
            print(f"{len(readings)}: {last.megabytes:.0f} MB, {last.objects} objects", flush=True)
    faults = faults_of(readings)
    return [
        Outcome(
            title=f"{len(readings)} rounds of fit, evaluate, predict and recommend in one process",
            tried=len(CHECKS),
            right=len(CHECKS) - len(faults),
            before="476 to 650 MB in 95 rounds, 2,661 objects a fit",
            failures=tuple(faults),
            figures=figures_of(readings),
        )
    ]


CHECKS = ("memory", "models", "objects", "file handles", "threads", "threads of Python", "children")


def faults_of(readings: list[Reading]) -> list[str]:
    """What grew after the rounds that warm up."""
    warm, last, rounds = readings[WARM - 1], readings[-1], len(readings) - WARM
    before, after = memory(readings)
    grown = [
        ("memory", after > (1 + MOST_GROWTH) * before, f"{before:.0f} to {after:.0f} MB"),
        ("models", last.models > warm.models, f"{warm.models} to {last.models}"),
        (
            "objects",
            last.objects - warm.objects > 50 * rounds,
            f"{warm.objects} to {last.objects}",
        ),
        *(
            (name, last.holdings[name] > count, f"{count} to {last.holdings[name]}")
            for name, count in warm.holdings.items()
        ),
    ]
    return [f"{name} grew: {how}" for name, is_fault, how in grown if is_fault]


def memory(readings: list[Reading]) -> tuple[float, float]:
    """Megabytes after the warm rounds and at the end, each the median of five rounds."""
    sizes = [reading.megabytes for reading in readings]
    return median(sizes[WARM : WARM + 5]), median(sizes[-5:])


def figures_of(readings: list[Reading]) -> dict[str, str]:
    """What was measured."""
    warm, last, rounds = readings[WARM - 1], readings[-1], len(readings) - WARM
    before, after = memory(readings)
    return {
        "megabytes after the first rounds and at the end": f"{before:.0f}, {after:.0f}",
        "growth": f"{100 * (after / before - 1):.1f} %",
        "objects a round": f"{(last.objects - warm.objects) / rounds:.1f}",
        "modules of models alive": f"{last.models - warm.models:+d}",
        "megabytes of Arrow": f"{warm.arrow_megabytes:.1f}, {last.arrow_megabytes:.1f}",
        **{name: f"{warm.holdings[name]}, {last.holdings[name]}" for name in warm.holdings},
    }


def prepare(folder: Path) -> None:
    """Data and a spec."""
    changes = [word for change in CHANGES for word in ("--set", change)]
    shutil.rmtree(folder / "data", ignore_errors=True)
    command("data", "synth", "--out", folder / "data", *SIZES)
    spec = folder / "spec.json"
    command("init", "sasrec", "--data", folder / "data", "--out", spec, "--force", *changes)


def one_round(folder: Path) -> None:
    """One of each."""
    out, rows = folder / "run", folder / "rows.parquet"
    shutil.rmtree(out, ignore_errors=True)
    rows.unlink(missing_ok=True)
    command("fit", folder / "spec.json", "--out", out)
    command("evaluate", out)
    command("predict", out, "--out", rows)
    items = pq.read_table(folder / "data" / "items.parquet")["item"].slice(0, 2).to_pylist()
    command("recommend", out, *map(str, items))


def command(*words: str | Path) -> None:
    """Runs a command in this process; raises where it fails."""
    result = CliRunner().invoke(app, [*map(str, words)])
    assert result.exit_code == 0, f"{words[0]}: {result.output[-500:]} {result.exception!r}"


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    run(attack)
