"""Recall of targets that have no training event, MovieLens 100k cut at two moments.

    python tests/results/cold_items.py ML100K OUT [--epochs 15] [--seeds 1] [--only two-tower]

ML100K is a folder with `ml-100k.inter` and `ml-100k.item`. Popularity ranks an item without events
behind all others. What is finished in OUT is not run again.
"""

import argparse
from pathlib import Path

from measured_run import SMALL, Measured, measured, prepared, spread
from presets import vectors

SIZE = (
    *SMALL,
    "trainer.patience=5",
    "trainer.metrics.cold=items.parquet:count",
    "trainer.metrics.ks=[10,20,50]",
)
ID_ALONE = 'model.features=["item_id"]'  # vectors alone tell the items
PRESETS = ("two-tower", "unisrec", "sasrec")
METRICS = ("cold_recall@10", "cold_recall@20", "cold_recall@50", "ndcg@10")


def row(preset: str, runs: list[Measured]) -> str:
    """A line of the table."""
    return (
        " | ".join([f"| {preset}", *(spread([r.value(m) for r in runs]) for m in METRICS)]) + " |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ml_100k", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default=",".join(PRESETS))
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    inter, items = options.ml_100k / "ml-100k.inter", options.ml_100k / "ml-100k.item"
    known = "class:list,release_year:categorical"
    genres = ("--items", items, "--item-features", known, "--all-items")
    data = prepared(options.out / "data", inter, *genres, "--split", "global-time")
    text = f'model.embedder.vectors="{vectors(items, data).name}"'
    lines = [f"| preset | {' | '.join(METRICS)} |", f"|---|{'---|' * len(METRICS)}"]
    for preset in options.only.split(","):
        more = [text, ID_ALONE] if preset == "unisrec" else []
        words = [*SIZE, f"trainer.max_epochs={options.epochs}", *more, *options.settings]
        runs = [
            measured(
                f"{preset}-{seed}",
                options.out,
                preset,
                data,
                [*words, f"seed={seed}"],
            )
            for seed in range(1, options.seeds + 1)
        ]
        lines.append(row(preset, runs))
        print("\n".join(lines), flush=True)
    (options.out / "cold_items.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
