"""Fits every preset on MovieLens 100k with the settings of one size, and writes their table.

    python tests/results/presets.py ML100K OUT [--epochs 100] [--only sasrec,hstu]

ML100K is a folder with `ml-100k.inter` and `ml-100k.item`; what is finished in OUT stays.
"""

import argparse
from pathlib import Path

import numpy as np
from measured_run import SMALL, Measured, measured, prepared

PLAIN = (
    "sasrec",
    "sasrec-ss",
    "gsasrec",
    "esasrec",
    "hstu",
    "bert4rec",
    "gru4rec",
    "two-tower",
    "unisrec",
)


def vectors(items: Path, data: Path) -> Path:
    """Pretrained vectors of items: hashed words of titles and genres, TF-IDF, 64 dimensions."""
    import pyarrow.parquet as pq

    path = data / "vectors.npy"
    lines = [line.split("\t") for line in items.read_text(encoding="utf-8").splitlines()[1:]]
    words = {line[0]: f"{line[1]} {line[3]}".lower().split() for line in lines}
    table = pq.read_table(data / "items.parquet")["item"].to_pylist()
    vocabulary = {w: n for n, w in enumerate(sorted({w for each in words.values() for w in each}))}
    counts = np.zeros((len(table), len(vocabulary)))
    for row, item in enumerate(table):
        for word in words.get(str(item), ()):
            counts[row, vocabulary[word]] += 1
    weights = np.log(len(table) / np.maximum((counts > 0).sum(0), 1))
    left, scales, _ = np.linalg.svd(counts * weights, full_matrices=False)
    np.save(path, (left[:, :64] * scales[:64]).astype(np.float32))
    return path


def line(title: str, run: Measured) -> str:
    """A row of the table."""
    return (
        f"| {title} | {run.value('recall@10'):.4f} | {run.value('ndcg@10'):.4f} | {run.epochs} | "
        f"{run.epoch_seconds:.1f} | {run.parameters:,} | {run.megabytes:,.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ml_100k", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--only", default=",".join(PLAIN))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    inter, items = options.ml_100k / "ml-100k.inter", options.ml_100k / "ml-100k.item"
    genres = ("--items", items, "--item-features", "class:list")
    folders = {
        "plain": prepared(options.out / "data", inter, "--keep-time"),
        "items": prepared(options.out / "items", inter, *genres),
        "asked": prepared(options.out / "asked", inter, "--keep-time", "--request-time"),
    }
    rows = [(name, name, folders["items" if name == "two-tower" else "plain"]) for name in PLAIN]
    rows.append(("hstu, request time known", "hstu", folders["asked"]))
    size = [*SMALL, f"trainer.max_epochs={options.epochs}"]
    lines = [
        "| preset | recall@10 | ndcg@10 | epochs | s an epoch | parameters | MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for title, preset, data in rows:
        if preset not in options.only.split(","):
            continue
        more = []
        if preset == "unisrec":
            more = [f'model.embedder.vectors="{vectors(items, data).name}"']
        lines.append(line(title, measured(title, options.out, preset, data, [*size, *more])))
        print("\n".join(lines), flush=True)
    (options.out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
