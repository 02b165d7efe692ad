"""Measures rows beside the reference, A B A B, and writes what came of it as JSON.

`run.py RESULTS [quick|full] --peer-python PYTHON [--rows NAME ...]`. It imports nothing heavy: a
process starts with its parent's peak of memory.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    given = arguments()
    names = given.rows or [each.name for each in ROWS if given.mode == "full" or each.quick]
    results = []
    started, load = time.time(), os.getloadavg()
    for row in (each for each in ROWS if each.name in names):
        allocators = ALLOCATORS if given.mode == "full" else {"default": {}}
        results += [measured(row, allocator, given) for allocator in allocators]
        about = {"mode": given.mode, "threads": given.threads, "load": load, "started": started}
        about["seconds"] = time.time() - started
        given.results.write_text(json.dumps({"about": about, "results": results}, indent=1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path)
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("mode", choices=PAIRS, nargs="?", default="quick")
    parser.add_argument("--rows", nargs="*")
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    given = parser.parse_args()
    unknown = set(given.rows or ()) - {each.name for each in ROWS}
    if unknown:
        parser.error(f"no rows {sorted(unknown)}; there are {', '.join(r.name for r in ROWS)}")
    given.pairs = given.pairs or PAIRS[given.mode]
    return given


def measured(row: Row, allocator: str, given: argparse.Namespace) -> dict:
    """All pairs of a row under one allocator setting."""
    pairs = []
    folder = Path(tempfile.mkdtemp(prefix="seqrec-bench-"))
    try:
        if row.kind == "parquet" or row.model == "TwoTower":
            started(sys.executable, "files.py", row, folder)
        for _ in range(given.pairs):
            pair = {}
            if row.has_peer:
                pair["peer"] = side(given.peer_python, "peer.py", row, folder, allocator, given)
            pair["ours"] = side(sys.executable, "ours.py", row, folder, allocator, given)
            pair["error"] = compared(row, pair) if row.has_peer else None
            pairs.append(pair)
            print(f"{row.name}, {allocator}: {summary(pair)}", flush=True)
    finally:
        shutil.rmtree(folder)
    return {"row": row.name, "allocator": allocator, "pairs": pairs}


def side(python: str, script: str, row: Row, folder: Path, allocator: str, given) -> dict:
    """What one process measured."""
    out = folder / "answer.json"
    out.unlink(missing_ok=True)
    threads = str(given.threads)
    environment = {**ALLOCATORS[allocator], "OMP_NUM_THREADS": threads}
    started(python, script, row, folder, str(out), "--threads", threads, **environment)
    return json.loads(out.read_text())


def started(python: str, script: str, row: Row, folder: Path, *more: str, **environment) -> None:
    command = [python, "-W", "ignore", str(HERE / script), row.name, str(folder), *more]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{script} {row.name} failed:\n{done.stderr}")


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
