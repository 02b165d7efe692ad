"""What features that tell nothing cost: a shop whose brands, tags and prices are of no use.

    python tests/results/side_features.py SHOP OUT [--epochs 25] [--seeds 3]

SHOP is a folder with `events.csv` (customer, product, when) and `catalog.csv` (sku, brand, tags,
price). What is finished in OUT is not run again.
"""

import argparse
from pathlib import Path
from statistics import mean

from measured_run import measured, prepared

SIZE = (
    "model.embedding_dim=64",
    "model.num_heads=2",
    "data.batch_size=32",
    "trainer.patience=100",
)
FEATURES = "brand:categorical,tags:list,price:numerical"
CHOICES = {
    "ids": ("item_id",),
    "+ brand": ("item_id", "brand"),
    "+ tags": ("item_id", "tags"),
    "+ price": ("item_id", "price"),
    "all three": ("item_id", "brand", "tags", "price"),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("shop", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    columns = ("--user", "customer", "--item", "product", "--timestamp", "when")
    side = ("--items", options.shop / "catalog.csv", "--items-id", "sku")
    words = (*columns, *side, "--item-features", FEATURES)
    data = prepared(options.out / "data", options.shop / "events.csv", *words)
    lines = ["| features | validate ndcg@10 | of ids alone |", "|---|---|---|"]
    alone = None
    for title, names in CHOICES.items():
        chosen = f"model.features={list(names)!r}".replace("'", '"')
        values = []
        for seed in range(1, options.seeds + 1):
            settings = [*SIZE, f"trainer.max_epochs={options.epochs}", f"seed={seed}", chosen]
            run = measured(f"{title}-{seed}", options.out, "sasrec", data, settings)
            values.append(run.metrics["validate/ndcg@10"])
        alone = alone or mean(values)
        lines.append(f"| {title} | {mean(values):.4f} | {mean(values) / alone - 1:+.1%} |")
        print("\n".join(lines), flush=True)
    (options.out / "side_features.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
