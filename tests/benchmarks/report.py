"""Writes docs/performance.md and its plots from the results of run.py: `report.py RESULTS DOCS`."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from plots import plot
from rows import BATCH, BLOCKS, DIM, DROPOUT, HEADS, Row, row

HEAD = """# Performance beside the reference

`nox -s bench -- full` measures this and writes the page, `nox -s bench` measures a few rows in a
few minutes. This is a **{mode}** run of {minutes:.0f} minutes, {date}, on {machine};
{threads} threads, load average {load:.1f} at the start, torch {torch}, Python {python}. The
reference is `replay-rec==0.21.2` in an environment of its own.

Both sides measure in turn, A B A B, in processes that live through all pairs of a row, on the same
seeded inputs: d={dim}, {heads} heads, {blocks} blocks, batch {batch}, fp32. Before anything is
timed, ours takes the reference's weights, and the losses, scores or metrics of both, without
dropout, have to agree within 1e-5; the largest difference stands in the table. For training, ours
has to give that loss from the whole batch and from its users in four groups of similar length.
Steps (forward, backward, Adam) are timed with dropout {dropout}, without Lightning around them.

Ratios are medians over the pairs, with the smallest and the largest. Real is the share of
positions that are no padding: lengths follow power laws between 5 and 200. The reference takes
batches as they come, at full length. Ours takes them as `seqrec fit` makes them: of
similar length among 50 batches, trimmed to the longest with one position of padding in front,
weighted so that every target counts alike; those that are timed are spread evenly over the 50.
Streams are timed for a whole epoch, the file included, but the reference on 2-D lists for {steps}
batches from its second one on. Prediction and validation run through Lightning's trainer: the
reference's batches as they come, ours of similar length, as `seqrec predict` makes them. Allocator:
glibc's default, or *kept*, where it is told to give no memory back. Peaks are those of the whole
process (`ru_maxrss`) after the first pair; added is what came after the imports.
"""
EPOCH = """## One epoch, everything included

Wall time of whole processes on `{file}` ({users:,} users, {items:,} items, {events:,} events):
start-up, files, one epoch of SASRec with full cross-entropy, L=50, and metrics on the validation
items; for ours also the popularity baseline, checkpoints and the report. Medians over {rounds}
rounds; the target beside replay-rec is 6. RecTools trains a layout of its own. The data is a folder
of `seqrec data prepare`, given as `-- full --data=FOLDER`; without, it is made of these sizes.
"""
SHARES_HEAD = """\
The share of the time that products of hidden states and item table would take alone, measured in
the same process: three of a training step, in chunks of 128 positions; one of an evaluation, 8,192
items at a time. Beside it, for evaluation, the share of everything that makes hidden states. The
rest is ranking, metrics and Lightning's loop. The last column is the ratio to the reference if
there were nothing else.
"""
KEPT = """\
- *kept*: the reference is spared the page faults of its logits, about half of its time; ours never
  held them and gains nothing. What is left are the same products on both sides, and padding: the
  last column below says how far a step that is products alone would be ahead."""
COLUMNS = (
    *("workload", "V", "L", "real", "allocator", "peer", "ours", "ratio", "target", "difference"),
    *("peak MB, peer", "ours", "added MB, peer", "ours"),
)
ALONE = ("workload", "V", "L", "allocator", "ours", "at most", "peak MB")
SHARES = (
    "workload",
    "V",
    "L",
    "real",
    "allocator",
    "products",
    "encoder",
    "ratio without the rest",
)


def main(results: Path, docs: Path) -> None:
    measured = json.loads(results.read_text())
    results = [(row(each["row"]), each["allocator"], each["pairs"]) for each in measured["results"]]
    paired = [each for each in results if each[0].has_peer]
    parts = [
        head(measured["about"]),
        table(COLUMNS, [beside(*each) for each in paired]),
        "**Bold** figures miss their target.\n",
        *missed(paired),
        "## Without a peer\n",
        table(ALONE, [alone(*each) for each in results if not each[0].has_peer]),
        "## How near the limit\n",
        SHARES_HEAD,
        table(SHARES, [limit(*each) for each in paired if "products" in each[2][-1]["ours"]]),
        *(epochs(measured["epoch"]) if "epoch" in measured else ()),
        *(f"![{title}](assets/{file})\n" for title, file in plot(paired, docs / "assets")),
    ]
    (docs / "performance.md").write_text("\n".join(parts))


def head(about: dict) -> str:
    return HEAD.format(
        mode=about["mode"],
        minutes=about["seconds"] / 60,
        date=datetime.fromtimestamp(about["started"], UTC).strftime("%Y-%m-%d"),
        machine=machine(),
        threads=about["threads"],
        load=about["load"][0],
        torch=version("torch"),
        python=platform.python_version(),
        dim=DIM,
        heads=HEADS,
        blocks=BLOCKS,
        batch=BATCH,
        dropout=DROPOUT,
        steps=row("parquet-2d").peer_steps,
    )


def machine() -> str:
    """Processor, cores and memory, where the system says."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.is_file() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GB"


def ratios(pairs: list[dict]) -> list[float]:
    return [pair["ours"]["figure"] / pair["peer"]["figure"] for pair in pairs]


def middle(pairs: list[dict], side: str, quantity: str = "figure") -> float:
    """Median of what a side told, where it told it."""
    return median(pair[side][quantity] for pair in pairs if quantity in pair[side])


def added(pairs: list[dict], side: str) -> float:
    """Megabytes that a process took for its first measurement, its imports left out."""
    return pairs[0][side]["peak"] - pairs[0][side]["before"]


def misses(measured: tuple[Row, str, list[dict]]) -> bool:
    row, _, pairs = measured
    return row.target is not None and median(ratios(pairs)) < row.target


def missed(measured: list[tuple[Row, str, list[dict]]]) -> list[str]:
    """Why rows miss, a line each, and a line for what only the other allocator misses."""
    rows = [each for each in measured if misses(each)]
    default = [row for row, allocator, _ in rows if allocator == "default"]
    lines = [f"- {each.title}, V={each.items:,}: {each.why}." for each in default]
    if any(row not in default for row, _, _ in rows):
        lines.append(KEPT)
    return [*lines, ""]


def beside(row: Row, allocator: str, pairs: list[dict]) -> list[str]:
    quotients = ratios(pairs)
    ratio = f"{median(quotients):.2f}"
    if misses((row, allocator, pairs)):
        ratio = f"**{ratio}**"
    errors = [pair["error"] for pair in pairs if pair["error"] is not None]
    return [
        *described(row, pairs),
        allocator,
        f"{number(middle(pairs, 'peer'))} {row.unit}",
        number(middle(pairs, "ours")),
        f"{ratio} ({min(quotients):.2f} to {max(quotients):.2f})",
        "" if row.target is None else f"{row.target:g}",
        f"{max(errors):.0e}" if errors else "",
        *(f"{pairs[0][side]['peak']:,.0f}" for side in ("peer", "ours")),
        f"{added(pairs, 'peer'):,.0f}",
        memory(row, pairs),
    ]


def memory(row: Row, pairs: list[dict]) -> str:
    """What ours added, and beside it its share of the reference's where there is a target."""
    ours = added(pairs, "ours")
    if row.memory is None:
        return f"{ours:,.0f}"
    share = ours / added(pairs, "peer")
    percent = f"**{share:.0%}**" if share > row.memory else f"{share:.0%}"
    return f"{ours:,.0f} ({percent}, at most {row.memory:.0%})"


def alone(row: Row, allocator: str, pairs: list[dict]) -> list[str]:
    workload, items, length, _ = described(row, pairs)
    figure = f"{number(middle(pairs, 'ours'))} {row.unit}"
    peak = f"{pairs[0]['ours']['peak']:,.0f}"
    return [workload, items, length, allocator, figure, f"{row.target:,g}", peak]


def limit(row: Row, allocator: str, pairs: list[dict]) -> list[str]:
    products = middle(pairs, "ours", "products")
    is_evaluation = row.kind != "train"
    encoder = middle(pairs, "ours", "encoder") if is_evaluation else 0.0
    return [
        *described(row, pairs),
        allocator,
        f"{products:.0%}",
        f"{encoder:.0%}" if is_evaluation else "",
        f"{median(ratios(pairs)) / (products + encoder):.2f}",
    ]


def epochs(timings: dict) -> list[str]:
    """Whole processes beside each other, in seconds, and how often ours fits in each."""
    rounds, data = timings["rounds"], timings["data"]
    lines = []
    for side in rounds[0]:
        ratios = [each[side] / each["seqrec"] for each in rounds]
        spread = f"{median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
        seconds = median(each[side] for each in rounds)
        lines.append([side, f"{seconds:.1f} s", "" if side == "seqrec" else spread])
    about = EPOCH.format(file=data["source"]["file"], rounds=len(rounds), **data["kept"])
    return [about, table(("side", "one epoch", "ratio"), lines)]


def described(row: Row, pairs: list[dict]) -> list[str]:
    real = pairs[0]["ours"].get("real")
    length = "" if row.kind in ("negatives", "build") else str(row.length)
    return [row.title, f"{row.items:,}", length, "" if real is None else f"{real:.0%}"]


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(columns: tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
