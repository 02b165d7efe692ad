"""Time and memory of `seqrec data prepare` against the number of events, by engine.

    python tests/benchmarks/prepare_scale.py --sizes 1e6 5e6 20e6 50e6 --engines polars spark
    python tests/benchmarks/prepare_scale.py --sizes 200e6 --items 1e6 --scratch /big/disk

Makes events of about 50 a user, in the order of time, with items of Zipf's law and ids of text of
ten bytes, written as a stream; prepares them with a 5-core in a process of its own; prints wall
time, events a second, the most memory of the process in each stage, that of it and its children at
a time, and how time and memory grow: the exponent is that of the line through the logarithms, 1 for
what doubles with the events.

A size that fails is said, the others go on, and the exit code is 1. Files are removed after each
size, also where the script is ended. Polars needs about 30 bytes an event of disk, Spark 80.
"""

import argparse
import json
import math
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

CHUNK = 1_000_000
YEAR = 365 * 86_400
DISK = {"polars": 30, "spark": 80}  # bytes an event: input, buckets or shuffles, and output
STAGE, REPORT = "stage ", "report "  # begin lines that a preparation prints


def write_events(path, size, users, items, *, is_text, seed=0):
    """Events as a file whose suffix is csv or parquet: users of unequal activity, items by Zipf."""
    rng = np.random.default_rng(seed)
    weights = np.cumsum(1.0 / np.arange(1, items + 1) ** 0.9)
    names = rng.permutation(items)
    activity = np.cumsum(rng.uniform(0.4, 2.0, users))
    kind = pa.string() if is_text else pa.int64()
    schema = pa.schema({"user": kind, "item": kind, "timestamp": pa.int64()})
    with _writer(path, schema) as file:
        for begin in range(0, size, CHUNK):
            count = min(CHUNK, size - begin)
            user = np.searchsorted(activity, rng.uniform(0, activity[-1], count))
            item = names[np.searchsorted(weights, rng.uniform(0, weights[-1], count))]
            moment = 1_600_000_000 + (begin + np.arange(count)) * YEAR // size
            ids = [_ids(letter, codes, is_text) for letter, codes in (("u", user), ("i", item))]
            file.write_table(pa.Table.from_arrays([*ids, pa.array(moment)], schema=schema))
            if (begin // CHUNK) % 20 == 19:
                say(f"written {begin + count:,} of {size:,} events")


def _writer(path, schema):
    if path.suffix == ".csv":
        return pyarrow.csv.CSVWriter(str(path), schema)
    return pyarrow.parquet.ParquetWriter(str(path), schema, compression="zstd")


def _ids(letter, codes, is_text):
    if not is_text:
        return pa.array(codes, pa.int64())
    text = pl.Series(codes).cast(pl.String).str.zfill(9)
    return (letter + text).to_arrow().cast(pa.string())


def prepared(path, out, engine, core, settings):
    """What a preparation in a process of its own took: seconds, peaks of memory, its counts.

    Raises RuntimeError, with the end of what the process said, where it fails.
    """
    command = [
        sys.executable,
        __file__,
        "--prepare",
        str(path),
        str(out),
        engine,
        str(core),
        *settings,
    ]
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    watch, lines, result, stages = Peak(process.pid), [], None, {}
    try:
        for line in process.stdout:
            lines = [*lines[-30:], line.rstrip()]
            if line.startswith(STAGE):
                each = json.loads(line.removeprefix(STAGE))
                stages[each.pop("stage")] = each
                say(line.strip())
            elif line.startswith(REPORT):
                result = json.loads(line.removeprefix(REPORT))
    finally:
        if process.poll() is None and result is None:
            process.terminate()
        process.wait()
        peak = watch.stop()
    seconds = time.perf_counter() - begin
    if process.returncode or result is None:
        raise RuntimeError(f"exit code {process.returncode}: " + "\n".join(lines[-12:]))
    own = max(stage["gb"] for stage in stages.values())
    return {
        "seconds": round(seconds, 1),
        "gb_process": own,
        "gb_all": round(max(peak / 1e9, own), 2),
        "gb_stages": {name: stage["gb"] for name, stage in stages.items()},
        "kept": result,
    }


def prepare_here(path, out, engine, core, *settings):
    """Prepare in this process, and print the time and the most memory of each stage as it ends."""
    import seqrec_tool_prepare.preparation as preparation
    from seqrec_tool_prepare.commands import prepare

    preparation.stage_line = _stages
    options = {"engine": engine, "engine_fields": list(settings)}
    minima = {"min_user_count": int(core), "min_item_count": int(core)}
    report = prepare([path], out, **minima, **options)
    print(REPORT + json.dumps(report["kept"]), flush=True)


@contextmanager
def _stages():
    """In place of the line on the terminal: prints what each stage took."""
    held = {"stage": "opening", "begin": time.perf_counter()}

    def ended():
        seconds, gb = time.perf_counter() - held["begin"], memory("self", "VmHWM") / 1e9
        said = {"stage": held["stage"], "seconds": round(seconds, 1), "gb": round(gb, 2)}
        print(STAGE + json.dumps(said), flush=True)
        Path("/proc/self/clear_refs").write_text("5")  # the kernel's peak begins anew

    def show(name, done=0, total=1):
        if name != held["stage"]:
            ended()
            held.update(stage=name, begin=time.perf_counter())

    try:
        yield show
    finally:
        ended()


class Peak(threading.Thread):
    """The most resident memory of a process and those below it, looked at ten times a second.

    Pages that processes share count for each of them.
    """

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.most = 0
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.1):
            pids = [self.pid, *below(self.pid)]
            self.most = max(self.most, sum(memory(pid, "VmRSS") for pid in pids))

    def stop(self):
        self.ended.set()
        self.join()
        return self.most


def memory(pid, name):
    """Bytes that the kernel says of a process; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)


def below(pid):
    """The processes that a process has started, and those that they have."""
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, task.read_text().split())
        except OSError:
            continue
    return [one for child in children for one in (child, *below(child))]


def exponents(rows, key):
    """The exponent of growth between each size and the next one of an engine."""
    return [
        round(math.log(after[key] / before[key]) / math.log(after["events"] / before["events"]), 2)
        for before, after in pairwise(rows)
    ]


def measured(size, args):
    """A row for each engine; what fails has a row with the reason."""
    users = args.users or max(1, size // 50)
    items = args.items or min(1_000_000, max(1000, size // 50))
    sizes = {"events": size, "users": users, "items": items}
    folder = Path(tempfile.mkdtemp(prefix="prepare-scale-", dir=args.scratch))
    rows = []
    try:
        room, path = shutil.disk_usage(folder).free, folder / f"events.{args.format}"
        needed = size * max(DISK.get(engine, 80) for engine in args.engines)
        if room < needed:
            raise OSError(f"{needed / 1e9:.1f} GB of disk are needed, {room / 1e9:.1f} are free")
        write_events(path, size, users, items, is_text=args.ids == "text")
        say(f"input: {path.stat().st_size / 1e9:.2f} GB")
        for engine in args.engines:
            settings = [] if engine == "polars" else args.settings
            row = {"engine": engine, **sizes}
            try:
                row |= prepared(path, folder / engine, engine, args.core, settings)
                row |= {"events_a_second": round(size / row["seconds"])}
            except RuntimeError as error:
                row |= {"failed": str(error)}
            shutil.rmtree(folder / engine, ignore_errors=True)
            rows.append(row)
            print(json.dumps(row), flush=True)
    except (OSError, MemoryError) as error:
        rows.append({"engine": None, **sizes, "failed": f"{type(error).__name__}: {error}"})
        print(json.dumps(rows[-1]), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return rows


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=float, nargs="+", default=[1e6, 5e6])
    parser.add_argument("--engines", nargs="+", default=["polars"])
    parser.add_argument(
        "--users", type=lambda text: int(float(text)), help="by default a 50th of the events"
    )
    parser.add_argument(
        "--items",
        type=lambda text: int(float(text)),
        help="by default a 50th of the events, at most 1M",
    )
    parser.add_argument("--core", type=int, default=5, help="least events of users and items")
    parser.add_argument("--ids", choices=["text", "integers"], default="text")
    parser.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    parser.add_argument("--set", nargs="*", default=["engine.master=local[2]"], dest="settings")
    parser.add_argument("--scratch", type=Path, help="folder for the events; removed at the end")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows, growth = [], {}
    for size in map(int, args.sizes):
        rows += measured(size, args)
        right = [row for row in rows if "failed" not in row]
        for engine in args.engines:
            own = [row for row in right if row["engine"] == engine]
            growth[engine] = {key: exponents(own, key) for key in ("seconds", "gb_process")}
        if args.json:
            args.json.write_text(json.dumps({"rows": rows, "exponents": growth}, indent=2) + "\n")
    shown = ("engine", "events", "seconds", "events_a_second", "gb_process", "gb_all", "failed")
    print(pl.DataFrame([{key: row.get(key) for key in shown} for row in rows]))
    print(json.dumps({"exponents": growth}))
    return int(any("failed" in row for row in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--prepare"]:
        prepare_here(*sys.argv[2:])
    else:
        sys.exit(main())
