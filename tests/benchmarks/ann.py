"""Recall, latency, memory and build time of each kind of index, beside scoring all items.

    python tests/benchmarks/ann.py                      # the table of docs/ann.md
    python tests/benchmarks/ann.py --items 1000000 --kinds hnsw

The table (V, 64) is a mixture of 200 Gaussians that overlap, with lengths as unequal as those of
trained tables, or without any structure (`--random`), which no index likes. Hidden states lie
between a few items, and near none. Half of the users choose the effort of an index, the other half
measures it; 50 items a user are left out, as seen ones are. hnsw is built of a million items only
where `--kinds` names it: that takes minutes.
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

import torch
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_nearest.index_kinds import KINDS
from seqrec_library_nearest.item_index import ItemIndex
from seqrec_tool_index.measurement import Sample, agreement, latency, recall, with_recall

sys.path.insert(0, str(Path(__file__).parents[1] / "fakes"))

from dot_product import dot_product

DIM = 64
CENTRES = 200
SPREAD = 1.0  # of the items around a centre, and of the centres: clusters overlap
DECAY = 8  # dimensions, after which they begin to matter less, as in tables that were trained
LENGTHS = 0.3  # standard deviation of their logarithm
BATCH, BATCHES = 64, 8
SEEN = 50
MANY = 500_000  # items, from which on hnsw takes minutes to build


def item_table(items, draw, *, is_random):
    """Item weights (V, D)."""
    table = torch.randn(items, DIM, generator=draw)
    if is_random:
        return table
    centres = torch.randn(CENTRES, DIM, generator=draw)
    near = torch.randint(CENTRES, (items,), generator=draw)
    lengths = torch.empty(items, 1).log_normal_(0, LENGTHS, generator=draw)
    scales = (1 + torch.arange(DIM) / DECAY) ** -0.5
    return table.mul_(SPREAD).add_(centres[near]).mul_(scales).mul_(lengths)


def samples(table, draw):
    """Batches of hidden states: three items and as much noise, of the length of a layer norm."""
    scorer = dot_product(table)
    for _ in range(BATCHES):
        three = table[torch.randint(len(table), (BATCH, 3), generator=draw)]
        hidden = torch.nn.functional.normalize(three, dim=-1).sum(1)
        hidden += torch.randn(BATCH, DIM, generator=draw) / DIM**0.5
        hidden *= DIM**0.5 / hidden.norm(dim=1, keepdim=True)
        seen = torch.randint(len(table), (BATCH, SEEN), generator=draw)
        yield Sample(DeferredLogits(hidden, scorer), seen)


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def measure(items, kinds, *, is_random, target):
    draw = torch.Generator().manual_seed(7)
    table = item_table(items, draw, is_random=is_random)
    batches = list(samples(table, draw))
    one, many = batches[0].first(1), batches[0]
    megabytes = f"{table.numel() * 4 / 1e6:.0f}"
    times = [f"{latency(part.exact):.2f}" for part in (one, many)]
    what = f"{items:,}"
    row(what, "all scores", "1", *times, megabytes, "")
    for kind in kinds:
        start = time.perf_counter()
        index = ItemIndex.build(table, kind)
        seconds = time.perf_counter() - start
        index = with_recall(index, batches[: BATCHES // 2], target)
        times = [f"{latency(partial(part.by, index)):.2f}" for part in (one, many)]
        share = f"{recall(index, batches[BATCHES // 2 :]):.4f}"
        size = f"{size_of(index) / 1e6:.0f}"
        name = f"`{kind}`" + (f", effort {index.effort}" if len(index.efforts()) > 1 else "")
        row(what, name, share, *times, size, f"{seconds:.1f}")
        if kind == "int8":
            own = agreement(index, batches[-1:])
            note = f"{kind}'s own scores: {own.recall:.4f}, off by {own.largest_difference:.2g}"
            print(note, file=sys.stderr)


def size_of(index):
    """Bytes that the file of an index has."""
    import faiss

    return faiss.serialize_index(index.index).nbytes


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--items", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--target", type=float, default=0.98)
    parser.add_argument("--random", action="store_true", help="a table without structure")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    row("items", "found by", "recall@10", "1 user, ms", "64 users, ms", "MB", "build, s")
    row(*["---"] * 7)
    start = time.perf_counter()
    with torch.inference_mode():
        for items in options.items:
            kinds = options.kinds or [kind for kind in KINDS if kind != "hnsw" or items < MANY]
            measure(items, kinds, is_random=options.random, target=options.target)
    print(f"{time.perf_counter() - start:.0f} s in all", file=sys.stderr)


if __name__ == "__main__":
    main()
