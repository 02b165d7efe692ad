"""Memory and time of training and predicting against the size of the catalogue, up to 10 million.

    python tests/benchmarks/catalogue_sizes.py                        # the table of docs/scale.md
    python tests/benchmarks/catalogue_sizes.py --sizes 1e4 1e5 --kind ivf --json sizes.json
    python tests/benchmarks/catalogue_sizes.py --sizes 1e7 --commands fit --steps 10

Every measurement is a command as it is typed, in a process of its own: `seqrec fit` with sampled
negatives and row-sparse gradients (sasrec, D = 64, L = 50, B = 128), `seqrec predict` over all
items, `seqrec index` and `seqrec recommend --index`. Memory is the most that was resident, time
that of the whole command, start and files included; `seq/s` is what the training itself reached.
Memory is fitted by a + b V (weighted so that each size counts alike), seconds by c V^e.

There are 100 steps of training, and 2,000 users to predict, 20 and 200 from 4 million items on:
seconds of such sizes are not comparable, which is why their growth is fitted up to there. A command
that fails is printed, and the rest goes on. 10 million items take 12 GB of memory and 15 GB of
disk, which `--work` names.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ENTRY = "from seqrec_core.cli import main; raise SystemExit(main())"
BATCH, LENGTH, DIM = 128, 50, 64
VALIDATED = 128
MANY = 4_000_000  # items, from which on less is done
LIMIT = 600  # seconds of a command
COMMANDS = ("fit", "predict", "index", "recommend")
ROW_GROUP = 1_024  # users
MODEL = {
    "type": "sasrec",
    "embedding_dim": DIM,
    "num_heads": 2,
    "num_blocks": 2,
    "max_sequence_length": LENGTH,
    "loss": {"type": "ce_sampled"},
    "negatives": {"num_negative_samples": 256},
    "embedder": {"type": "sequence", "sparse": True},
}


def spec_of(items: int) -> dict:
    """The spec of a catalogue of this size, whose data stand beside it."""
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": items}
    return {
        "seqrec": 2,
        "schema": {"features": [feature]},
        "model": MODEL,
        "data": {"type": "parquet", "folder": "data", "batch_size": BATCH},
        "trainer": {"type": "lightning", "max_epochs": 1, "accelerator": "cpu"},
        "trackers": [],
    }


def steps_of(items: int) -> int:
    """Steps of training."""
    return 100 if items < MANY else 20


def write_folder(folder: Path, items: int, steps: int) -> None:
    """A spec, and a prepared folder of users whose histories are drawn from so many items."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)

    def histories(users: int) -> pa.Array:
        ids = pa.array(rng.integers(items, size=users * LENGTH))
        return pa.ListArray.from_arrays(np.arange(users + 1, dtype=np.int32) * LENGTH, ids)

    (folder / "data").mkdir(parents=True)
    (folder / "spec.json").write_text(json.dumps(spec_of(items)))
    folder /= "data"
    numbers = pa.array(np.arange(items))
    counts = pa.array(rng.integers(1, 100, items))
    names = pa.array(np.arange(items) + 1_000_000)
    table = pa.table({"item_id": numbers, "item": names, "count": counts})
    pq.write_table(table, folder / "items.parquet", compression="zstd")
    asked = 2_000 if items < MANY else 200
    users = {"train": steps * BATCH, "validate": VALIDATED, "predict": asked}
    for split, count in users.items():
        queries, seen = pa.array(np.arange(count)), histories(count)
        columns = {"query_id": queries, "item_id": seen}
        if split != "train":
            columns["seen_ids"] = seen
        if split == "validate":
            targets = pa.array(rng.integers(items, size=count))
            ends = np.arange(count + 1, dtype=np.int32)
            columns["ground_truth"] = pa.ListArray.from_arrays(ends, targets)
            columns["train"] = seen
        pq.write_table(pa.table(columns), folder / f"{split}.parquet", row_group_size=ROW_GROUP)
    numbers = pa.array(np.arange(max(users.values())))
    pq.write_table(pa.table({"query_id": numbers, "user": numbers}), folder / "users.parquet")


class FailedError(Exception):
    """A command that did not end well; its message has the end of what it printed."""


def run(folder: Path, *words: str) -> dict[str, float]:
    """Seconds, and the most megabytes resident, of a seqrec command."""
    command = ["timeout", "--foreground", str(LIMIT), sys.executable, "-c", ENTRY, *words]
    log = folder / f"{words[0]}.log"
    start = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = log.read_text()[-2000:]
        raise FailedError(f"seqrec {' '.join(words)}: exit code {process.returncode}\n{said}")
    return {"seconds": time.perf_counter() - start, "megabytes": usage.ru_maxrss / 1024}


def words_of(command: str, items: int, kind: str) -> tuple[str, ...]:
    """The command as it is typed."""
    seen = [str(1_000_000 + item) for item in range(0, items, items // 20)]
    return {
        "fit": ("fit", "spec.json", "--out", "run"),
        "predict": ("predict", "run", "--out", "top.parquet"),
        "index": ("index", "run", "--out", "index", "--kind", kind, "--recall-users", "64"),
        "recommend": ("recommend", "run", *seen, "--index", "index"),
    }[command]


def measure(
    work: Path, items: int, kind: str | None, commands: Sequence[str] = COMMANDS, steps: int = 0
) -> dict[str, dict[str, float]]:
    """What each command takes with a catalogue of this size; without those that fail."""
    folder = work / str(items)
    write = [sys.executable, __file__, "--write", str(folder), "--sizes", str(items)]
    write += ["--steps", str(steps or steps_of(items))]
    measured = {}
    titles = {"index": f"index {kind}", "recommend": "recommend --index"}
    try:
        subprocess.run(write, check=True)  # apart: a child's peak begins with its parent's
        for command in commands:
            if command in titles and not kind:
                continue
            measured[titles.get(command, command)] = run(folder, *words_of(command, items, kind))
            if command == "fit":
                measured["fit"]["rate"] = rate_of(folder)
                shutil.rmtree(folder / "run" / "checkpoints")
    except (FailedError, OSError, subprocess.CalledProcessError) as fault:
        print(f"{items:,} items: {fault}", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return measured


def rate_of(folder: Path) -> float:
    """Sequences a second that the training says."""
    (history,) = folder.glob("run/logs/**/history.csv")
    names, *rows = [line.split(",") for line in history.read_text().splitlines()]
    return float(rows[-1][names.index("sequences_per_second")])


def line_of(sizes: list[int], values: list[float]) -> tuple[float, float]:
    """A and b of a + b V, least squares of the relative errors."""
    weights = 1 / np.array(values)
    rows = np.stack([weights, weights * np.array(sizes, float)], 1)
    a, b = np.linalg.lstsq(rows, np.ones(len(sizes)), rcond=None)[0]
    return float(a), float(b)


def exponent_of(sizes: list[int], values: list[float]) -> float:
    """E of c V^e, least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def growth(results: dict[int, dict]) -> dict[str, dict[str, float]]:
    """For each command how memory, and time, grow with the catalogue."""
    fitted = {}
    for name, values in by_command(results).items():
        sizes = sorted(values)
        comparable = [size for size in sizes if size < MANY]
        if len(comparable) > 1:
            a, b = line_of(sizes, [values[size]["megabytes"] for size in sizes])
            e = exponent_of(comparable, [values[size]["seconds"] for size in comparable])
            fitted[name] = {"megabytes": a, "bytes_per_item": b * 2**20, "exponent": e}
    return fitted


def by_command(results: dict[int, dict]) -> dict[str, dict[int, dict]]:
    """What was measured, by command and size."""
    names = dict.fromkeys(name for each in results.values() for name in each)
    return {
        name: {size: each[name] for size, each in results.items() if name in each} for name in names
    }


def draw(results: dict[int, dict], target: Path) -> None:
    """The picture: memory and seconds against the catalogue, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for panel, quantity in zip(panels, ("megabytes", "seconds"), strict=True):
        for name, each in by_command(results).items():
            sizes = sorted(each)
            values = [each[size][quantity] for size in sizes]
            (line,) = panel.loglog(sizes, values, "o", label=name)
            if quantity == "megabytes" and len(sizes) > 1:
                a, b = line_of(sizes, values)
                places = np.geomspace(sizes[0], sizes[-1], 50)
                panel.loglog(places, a + b * places, "-", color=line.get_color(), linewidth=1)
        panel.set(xlabel="items", ylabel=quantity)
        panel.legend(fontsize=8)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target)
    pyplot.close(figure)


def report(results: dict[int, dict]) -> None:
    """Prints the table of docs/scale.md, and how it grows."""
    print("| items | command | peak, MB | seconds | seq/s |\n|--:|---|--:|--:|--:|")
    for size, commands in sorted(results.items()):
        for name, one in commands.items():
            rate = f"{one['rate']:,.0f}" if "rate" in one else ""
            cells = f"{one['megabytes']:,.0f} | {one['seconds']:,.1f} | {rate}"
            print(f"| {size:,} | `{name}` | {cells} |")
    for name, one in growth(results).items():
        print(
            f"{name}: {one['megabytes']:,.0f} MB + {one['bytes_per_item']:,.0f} bytes an item; "
            f"seconds grow by V^{one['exponent']:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    sizes = ("1e4", "1e5", "1e6", "1e7")
    parser.add_argument("--sizes", nargs="+", default=sizes, help="items of the catalogues")
    parser.add_argument("--kind", help="kind of index: ivf, hnsw, int8; by default none")
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS)
    parser.add_argument("--steps", type=int, default=0, help="steps of training [100, or 20]")
    parser.add_argument("--work", type=Path, help="folder on a disk with room; a new one is made")
    parser.add_argument("--json", type=Path, help="file of the measurements, which is added to")
    parser.add_argument("--picture", type=Path, help="SVG of memory and seconds")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    items = [int(float(size)) for size in options.sizes]
    if options.write:
        write_folder(options.write, items[0], options.steps)
        return
    known = options.json and options.json.is_file() and json.loads(options.json.read_text())
    results = {
        int(size): commands for size, commands in ((known or {}).get("measured", {})).items()
    }
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        for size in items:
            measured = measure(Path(work), size, options.kind, options.commands, options.steps)
            results[size] = results.get(size, {}) | measured
            print(f"{size:,}: {measured}", file=sys.stderr, flush=True)
    report(results)
    if options.json:
        written = {"measured": results, "growth": growth(results)}
        options.json.write_text(json.dumps(written, indent=2) + "\n")
    if options.picture:
        draw(results, options.picture)


if __name__ == "__main__":
    main()
