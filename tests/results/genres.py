"""Whether genres of items help a two-tower model on MovieLens 1M: with and without them.

    python tests/results/genres.py ML1M OUT [--epochs 8] [--seeds 3]

ML1M is a folder with `ml-1m.txt` and `items.tsv`. What is finished in OUT is not run again.
"""

import argparse
from pathlib import Path
from statistics import mean

from measured_run import SMALL, measured, prepared, spread

SIZE = (
    *SMALL,
    "model.max_sequence_length=50",
    "data.batch_size=128",
    "trainer.patience=3",
)
ARMS = {
    "without": ('model.query_features=["item_id"]', 'model.item_features=["item_id"]'),
    "with": (),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ml_1m", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    genres = ("--items", options.ml_1m / "items.tsv", "--item-features", "genres:list")
    data = prepared(options.out / "data", options.ml_1m / "ml-1m.txt", *genres)
    runs = {
        arm: [
            measured(
                f"{arm}-{seed}",
                options.out,
                "two-tower",
                data,
                [*SIZE, f"trainer.max_epochs={options.epochs}", f"seed={seed}", *changes],
            )
            for seed in range(1, options.seeds + 1)
        ]
        for arm, changes in ARMS.items()
    }
    lines = ["| genres | test ndcg@10 | test recall@10 |", "|---|---|---|"]
    for arm, of_arm in runs.items():
        values = [spread([run.value(name) for run in of_arm]) for name in ("ndcg@10", "recall@10")]
        lines.append(f"| {arm} | {' | '.join(values)} |")
    means = {arm: mean(run.value("ndcg@10") for run in of_arm) for arm, of_arm in runs.items()}
    lines.append(f"\nndcg@10 with genres: {means['with'] - means['without']:+.4f}")
    text = "\n".join(lines)
    print(text, flush=True)
    (options.out / "genres.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
