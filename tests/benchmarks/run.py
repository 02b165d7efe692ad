"""Measures rows beside the reference, A B A B, and writes what came of it as JSON.

`run.py RESULTS [quick|full] --peer-python PYTHON --rectools-python PYTHON [--rows NAME ...]`. It
imports nothing heavy: a process starts with its parent's peak of memory.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import epoch
from rows import ROWS, Row

HERE = Path(__file__).parent
TOLERANCE = 1e-5
KEPT = str(1 << 36)
ALLOCATORS = {
    "default": {},
    "kept": {"MALLOC_TRIM_THRESHOLD_": KEPT, "MALLOC_MMAP_THRESHOLD_": KEPT},
}
PAIRS = {"quick": 2, "full": 5}


def main() -> None:
    options = arguments()
    names = options.rows or [each.name for each in ROWS if options.mode == "full" or each.quick]
    if options.mode == "full" and not options.rows:
        names.append("epoch")
    report = before(options)
    started = time.time()

    def keep() -> None:
        about = {**report["about"], "seconds": seconds + time.time() - started}
        options.results.write_text(json.dumps({**report, "about": about}, indent=1))

    seconds = report["about"]["seconds"]
    for row in (each for each in ROWS if each.name in names):
        allocators = ALLOCATORS if options.mode == "full" else {"default": {}}
        report["results"] = [each for each in report["results"] if each["row"] != row.name]
        report["results"] += [measured(row, allocator, options) for allocator in allocators]
        keep()
    if "epoch" in names:
        pythons = {"replay": options.peer_python, "rectools": options.rectools_python}
        report["epoch"] = epoch.measured(pythons, options.data, options.pairs, options.threads)
        keep()


def before(options: argparse.Namespace) -> dict:
    """Results that stay: those of the file where only some rows are measured again, else none."""
    if options.rows and options.results.is_file():
        return json.loads(options.results.read_text())
    about = {"mode": options.mode, "threads": options.threads, "load": os.getloadavg()}
    return {"about": {**about, "started": time.time(), "seconds": 0.0}, "results": []}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--rectools-python")
    parser.add_argument("--data", type=Path, help="prepared folder for the epoch; else synthetic")
    parser.add_argument("mode", choices=PAIRS, nargs="?", default="quick")
    parser.add_argument("--rows", nargs="*")
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    names = [*(each.name for each in ROWS), "epoch"]
    if unknown := set(options.rows or ()) - set(names):
        parser.error(f"no rows {sorted(unknown)}; there are {', '.join(names)}")
    options.pairs = options.pairs or PAIRS[options.mode]
    return options


def measured(row: Row, allocator: str, options: argparse.Namespace) -> dict:
    """All pairs of a row under one allocator setting."""
    pairs = []
    with tempfile.TemporaryDirectory(prefix="seqrec-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        written(row, folder)

        def side(python: str, script: str) -> Side:
            return stack.enter_context(
                Side(python, script, row, folder, allocator, options.threads)
            )

        sides = {"peer": side(options.peer_python, "peer.py")} if row.has_peer else {}
        first = {name: each.figure() for name, each in sides.items()}  # its weights are ours
        sides["ours"] = side(sys.executable, "ours.py")
        for number in range(options.pairs if row.has_peer else 1):
            pair = first if number == 0 else {}
            for name, each in sides.items():
                pair[name] = pair.get(name) or each.figure()
            pair["error"] = compared(row, pair) if row.has_peer else None
            pairs.append(pair)
            print(f"{row.name}, {allocator}: {summary(pair)}", flush=True)
    return {"row": row.name, "allocator": allocator, "pairs": pairs}


def written(row: Row, folder: Path) -> None:
    """The files that both sides read, where they read some."""
    if row.kind == "parquet" or row.model == "TwoTower":
        command = [sys.executable, str(HERE / "files.py"), row.name, str(folder)]
        subprocess.run(command, check=True)


class Side:
    """A process of one side, which measures whenever it is asked for a figure."""

    def __init__(
        self, python: str, script: str, row: Row, folder: Path, allocator: str, threads: int
    ) -> None:
        self._name = f"{script} {row.name}"
        self._errors = (folder / f"{script}.log").open("w+")
        self._process = subprocess.Popen(
            [python, "-W", "ignore", HERE / script, row.name, folder, "--threads", str(threads)],
            env={**os.environ, **ALLOCATORS[allocator], "OMP_NUM_THREADS": str(threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._asked = True  # the first figure comes by itself

    def figure(self) -> dict:
        """The next figure, and what comes with it."""
        if not self._asked:
            print(file=self._process.stdin, flush=True)
        self._asked = False
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            sys.exit(f"{self._name} failed:\n{self._errors.read()}")
        return json.loads(line)

    def __enter__(self) -> "Side":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._errors.close()


def compared(row: Row, pair: dict) -> float | None:
    """The largest relative difference of what both computed; ends the run where it is too large."""
    ours, peer = pair["ours"].pop("answers"), pair["peer"].pop("answers")
    if len(ours) != len(peer):
        sys.exit(f"{row.name}: {len(ours)} numbers beside {len(peer)} of the reference")
    errors = [abs(a - b) / max(1e-2, abs(b)) for a, b in zip(ours, peer, strict=True)]
    if not all(error <= TOLERANCE for error in errors):  # NaN is not
        sys.exit(f"{row.name}: differs from the reference by {max(errors)}: {ours} {peer}")
    return max(errors, default=None)


def summary(pair: dict) -> str:
    ours = pair["ours"]["figure"]
    peer = pair.get("peer", {}).get("figure", math.nan)
    return f"peer {peer:,.1f}, ours {ours:,.1f}, ratio {ours / peer:.2f}, differ {pair['error']}"


if __name__ == "__main__":
    main()
