"""Measures the figures that `seqrec plan --events` rests on.

    python tests/benchmarks/planned_rates.py                          # 5 million events
    python tests/benchmarks/planned_rates.py --events 2e5 --items 1e5 # small
    python tests/benchmarks/planned_rates.py --example                # after pasting

Prints MEASURED of seqrec_tool_plan.measured_rates and the table of docs/scale.md, each to be pasted
there: bytes of an event as CSV and in a prepared folder (leave-one-out, with times, items drawn
from 10 million, so that ids compress as little as they do); seconds a million events of
`seqrec data prepare`, and of its last stage, which cuts histories and writes splits, on all cores;
operations a second, on one, of training (sasrec, sampled loss, V = 1,000,000: the work that
`seqrec plan` predicts, done at the speed that `seqrec fit` prints) and of ranking a catalogue.

`--example` prints the worked example of docs/scale.md anew.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from catalogue_sizes import BATCH, DIM, ENTRY, measure, spec_of
from seqrec_library_kernels.ranking import top_scored
from seqrec_tool_plan.measured_rates import MEASURED, RATES
from seqrec_tool_prepare import preparation
from seqrec_tool_prepare.commands import prepare

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
LENGTH = 50
CATALOGUE = 10_000_000
FEW = 100_000  # items, as far fewer than events as in data of billions


def seqrec(*words: object) -> str:
    command = [sys.executable, "-c", ENTRY, *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"seqrec {' '.join(command[3:])}: exit code {done.returncode}")
    return done.stdout


def write_events(path: Path, events: int, items: int) -> None:
    """Users of 50 events each, a time apart that differs, in the order of time."""
    import pyarrow as pa
    import pyarrow.csv as pc

    rng = np.random.default_rng(0)
    columns = {
        "user_id": rng.integers(events // LENGTH, size=events) + 10_000_000,
        "item_id": rng.integers(items, size=events) + 10_000_000,
        "timestamp": np.sort(rng.integers(1_600_000_000, 1_700_000_000, size=events)),
    }
    pc.write_csv(pa.table(columns), path)


def preparing(folder: Path, events: int) -> dict[str, float]:
    """Bytes of events, raw and prepared, and the seconds between."""
    raw, data = folder / "events.csv", folder / "data"
    write_events(raw, events, FEW)
    start = time.perf_counter()
    seqrec("data", "prepare", raw, "--out", data)
    seconds = time.perf_counter() - start
    written = writing(raw, data)
    write_events(raw, events, CATALOGUE)
    seqrec("data", "prepare", raw, "--out", data)
    splits = [data / f"{name}.parquet" for name in ("train", "validate", "test", "predict")]
    return {
        "raw": raw.stat().st_size / events,
        "prepared": sum(split.stat().st_size for split in splits) / events,
        "preparing": seconds / events * 1e6,
        "writing": written / events * 1e6,
    }


def writing(raw: Path, data: Path) -> float:
    """Seconds of the last stage of a preparation."""
    stage, seconds = preparation.write_splits, 0.0

    def timed(*arguments):
        nonlocal seconds
        start = time.perf_counter()
        tally = stage(*arguments)
        seconds = time.perf_counter() - start
        return tally

    preparation.write_splits = timed
    try:
        with contextlib.redirect_stdout(sys.stderr):
            prepare([raw], data)
    finally:
        preparation.write_splits = stage
    return seconds


def training(folder: Path, items: int) -> float:
    """Operations a second of a fit."""
    rate = measure(folder, items, None, ("fit",))["fit"]["rate"]
    spec = folder / "planned" / "spec.json"  # apart from data of another catalogue
    spec.parent.mkdir()
    spec.write_text(json.dumps(spec_of(items)))
    flops = json.loads(seqrec("plan", spec, "--json"))["step"]["flops"]
    return flops * rate / BATCH


def scoring(items: int) -> float:
    """Operations a second of ranking all items for a batch of users."""
    torch.set_num_threads(1)
    hidden, weight = torch.randn(BATCH, DIM), torch.randn(items, DIM)
    top_scored(hidden, weight, 10)
    start = time.perf_counter()
    for _ in range(5):
        top_scored(hidden, weight, 10)
    seconds = (time.perf_counter() - start) / 5
    return 2 * BATCH * DIM * items / seconds


def example() -> str:
    """What the command of the page prints of its spec, after the table of a step."""
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as work:
        spec = Path(work) / "scale.json"
        spec.write_text(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1])
        words = re.search(r"^seqrec (plan scale.json .*)$", page, re.MULTILINE)[1].split()
        printed = seqrec("plan", spec, *words[2:])
    return printed[printed.index("storage\n") :].rstrip()


def table(measured: dict[str, float]) -> str:
    """The table of the page."""
    rows = ["| figure | value | unit | another by |", "|---|--:|---|---|"]
    for name, rate in RATES.items():
        option = f"`{rate.option}`" if rate.option else ""
        rows.append(f"| {name} | {measured.get(name, rate.value):,g} | {rate.unit} | {option} |")
    return "\n".join(rows)


def main() -> None:
    number = lambda text: int(float(text))  # noqa: E731
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=number, default=5_000_000)
    parser.add_argument("--items", type=number, default=1_000_000, help="that are trained, ranked")
    parser.add_argument("--example", action="store_true", help="print the page's worked example")
    options = parser.parse_args()
    if options.example:
        print(example())
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as work:
        measured = preparing(Path(work), options.events)
        measured["training"] = training(Path(work), options.items)
    measured["scoring"] = scoring(options.items)
    rounded = {name: float(f"{measured[name]:.3g}") for name in MEASURED}
    print("MEASURED = {")
    for name, value in rounded.items():
        print(f'    "{name}": {value:g},')
    print("}\n")
    print(table(rounded))


if __name__ == "__main__":
    main()
