"""Trains one model of every loss, encoder and tower from a spec, and writes their table.

    python tests/results/every_model.py ML100K ML1M OUT [--epochs 5]

ML100K and ML1M are folders with `ml-100k.inter`, `ml-100k.item` and `ml-1m.txt`, `items.tsv`.
"""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

SMALL = (
    "model.embedding_dim=64",
    "model.num_heads=2",
    "model.max_sequence_length=50",
    "data.tie_column=null",
    "data.batch_size=32",
    "trainer.patience=10",
)
LOSSES = {
    "ce": (),
    "ce_unseen": (),
    "ce_weighted": ('model.loss.feature_name="worth"',),
    "ce_sampled": (),
    "ce_sampled_weighted": ('model.loss.feature_name="worth"',),
    "bce": (),
    "bce_sampled": (),
    "log_in_ce": (),
    "log_in_ce_sampled": (),
    "log_out_ce": (),
    "log_out_ce_weighted": ('model.loss.feature_name="worth"',),
    "sce": (
        "model.loss.n_buckets=20",
        "model.loss.bucket_size_x=100",
        "model.loss.bucket_size_y=200",
    ),
}


def rows() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Title, model, data folder and overrides of every row."""
    models = [
        (f"sasrec, loss {loss}", "sasrec", "features" if "weighted" in loss else "plain", settings)
        for loss, settings in ((n, (f"model.loss.type={n}", *s)) for n, s in LOSSES.items())
    ]
    models.append(
        ("sasrec, diff encoder", "sasrec", "plain", ("model.encoder.type=diff_transformer",))
    )
    models.append(("sasrec, four side features", "sasrec", "features", ()))
    models.append(("two_tower, genres", "two_tower", "ml-1m", ()))
    return models


def seqrec(*arguments: str) -> None:
    """Runs a command; its output goes to the terminal."""
    subprocess.run(["seqrec", *arguments], check=True)


def prepare(ml_100k: Path, ml_1m: Path, out: Path) -> None:
    """The three data folders: plain, with side features of all four types, two-tower."""
    inter, item = str(ml_100k / "ml-100k.inter"), enriched(ml_100k / "ml-100k.item", out)
    seqrec("data", "prepare", inter, "--out", str(out / "plain"))
    features = "class:list,release_year:categorical,number:numerical,worth:numerical_list"
    seqrec(
        "data", "prepare", inter, "--out", str(out / "features"), "--items", item,
        "--item-features", features,
    )  # fmt: skip
    seqrec(
        "data", "prepare", str(ml_1m / "ml-1m.txt"), "--out", str(out / "ml-1m"), "--items",
        str(ml_1m / "items.tsv"), "--item-features", "genres:list",
    )  # fmt: skip


def enriched(items: Path, out: Path) -> str:
    """A file of items with two made-up numbers, for the types that the data set lacks."""
    path = out / "items.tsv"
    with items.open(encoding="utf-8") as source, path.open("w", encoding="utf-8") as target:
        reader = csv.DictReader(source, delimiter="\t")
        target.write("item_id\tclass\trelease_year\tnumber\tworth\n")
        for number, row in enumerate(reader):
            genres = row["class:token_seq"].replace(" ", "|")
            year = row["release_year:token"]
            worth = 1 + number % 5 / 10
            target.write(f"{row['item_id:token']}\t{genres}\t{year}\t{number % 7}\t{worth}\n")
    return str(path)


def measure(name: str, model: str, data: Path, out: Path, overrides: tuple[str, ...]) -> str:
    """Trains and evaluates one row; returns its line of the table."""
    spec, run = out / f"{name}.json", out / name
    settings = [word for change in (*SMALL, *overrides) for word in ("--set", change)]
    seqrec("init", model, "--data", str(data), "--out", str(spec), "--force", *settings)
    seqrec("fit", str(spec), "--out", str(run))
    seqrec("evaluate", str(run))
    metrics = json.loads((run / "metrics.json").read_text())
    with (run / "logs" / "history.csv").open() as file:
        epochs = len(list(csv.DictReader(file)))
    ours, baseline = metrics["test/ndcg@10"], metrics["test/popularity/ndcg@10"]
    return f"{metrics['test/recall@10']:.4f} | {ours:.4f} | {baseline:.4f} | {epochs} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ml_100k", type=Path)
    parser.add_argument("ml_1m", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    options.out.mkdir(parents=True)
    prepare(options.ml_100k, options.ml_1m, options.out)
    lines = ["| model | recall@10 | ndcg@10 | popularity | epochs |", "|---|---|---|---|---|"]
    for number, (title, model, data, overrides) in enumerate(rows()):
        changes = (f"trainer.max_epochs={options.epochs}", *overrides)
        line = measure(f"run-{number}", model, options.out / data, options.out, changes)
        lines.append(f"| {title} | {line}")
        print("\n".join(lines), file=sys.stderr)
    (options.out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
