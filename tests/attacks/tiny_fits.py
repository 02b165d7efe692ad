"""Runs on the ring of tests/fakes, in children of a process that has imported all of it.

A child is forked, does its work and ends; so an attack costs no imports a try.
"""

import csv
import io
import json
import os
import signal
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "fakes"))

from rich.console import Console
from seqrec_fake_run import registered, write_ring, write_ring_spec
from seqrec_tool_run.fit import fit

from seqrec_core.errors import SeqrecError
from seqrec_core.session import load_resolved

CHANGES = (
    "trainer.max_epochs=3",
    "trainer.optimizer.lr=0.02",
    "trainer.patience=null",
    'trackers=[{"type": "csv"}]',
)
COMPARED = ("model.safetensors", "metrics.json", "items.parquet")
LOCK = "spec.lock.json"
CLOCK = ("seconds", "sequences_per_second")
GOOD, REFUSED, FAILED, INTERRUPTED = 0, 2, 1, 130


def prepare(folder: Path) -> None:
    """Writes the data and the spec of the runs."""
    write_ring(folder / "data")
    write_ring_spec(folder / "spec.json")


def train(folder: Path, out: Path, resume: bool = False, changes: tuple[str, ...] = ()) -> int:
    """Fits in this process; the exit code that the command would have."""
    said = Console(file=io.StringIO(), width=1000)
    warnings.simplefilter("ignore")
    with registered():
        recipe = load_resolved(folder / "spec.json", [*CHANGES, *changes]).recipe
        try:
            return GOOD if fit(recipe, out, resume, said) else INTERRUPTED
        except (KeyboardInterrupt, SystemExit):  # as Lightning answers signals
            return INTERRUPTED
        except SeqrecError as error:
            print(error)
            return REFUSED


def warm(folder: Path, log: Path) -> None:
    """Imports here what a fit imports, so that no child has to."""
    names = folder / "modules"

    def note() -> int:
        code = train(folder, folder / "warm")
        names.write_text("\n".join(sys.modules))
        return code

    ended(child(note, log))
    for name in names.read_text().splitlines():
        with suppress(Exception):
            import_module(name)


def child(work: Callable[[], int], log: Path) -> int:
    """The number of a forked process that does this work and exits with its answer."""
    sys.stdout.flush()
    if number := os.fork():
        return number
    code = FAILED
    try:
        os.setpgrp()
        with log.open("a") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        signal.alarm(120)
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def ended(number: int) -> int:
    """The exit code of a child, -9 for one that was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def difference(run: Path, whole: Path) -> str:
    """How a run differs from an uninterrupted one, empty where nothing does."""
    for name in COMPARED:
        if not (run / name).is_file():
            return f"{name} is missing"
        if (run / name).read_bytes() != (whole / name).read_bytes():
            return f"{name} differs"
    if _lock(run) != _lock(whole):
        return f"{LOCK} differs"
    if _rows(run) != _rows(whole):
        return "history.csv differs"
    if _values(run) - _values(whole):
        return "metrics.csv has other lines, or the same ones again"
    strange = {path.name for path in run.iterdir()} ^ {path.name for path in whole.iterdir()}
    return f"{sorted(strange)} left or lacking" if strange else ""


def _lock(run: Path) -> dict[str, Any]:
    """The lock but for the code, which somebody may edit while an attack runs."""
    lock = json.loads((run / LOCK).read_text())
    return {name: part for name, part in lock.items() if name not in ("distributions", "digest")}


def _rows(run: Path) -> list[dict[str, str]]:
    """The history but for what a clock says."""
    with (run / "logs" / "history.csv").open(newline="") as file:
        return [{n: x for n, x in row.items() if n not in CLOCK} for row in csv.DictReader(file)]


def _values(run: Path) -> Counter[tuple[str, ...]]:
    """Lines of the tracker, but for what a clock says.

    A run killed just after a checkpoint lacks what Lightning logs of the epoch after writing it.
    """
    with (run / "logs" / "metrics.csv").open(newline="") as file:
        return Counter(tuple(row) for row in csv.reader(file) if row[1] not in CLOCK)
