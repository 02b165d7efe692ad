"""Whether what papers say of a part is seen here: with and without it, three seeds each.

    python tests/results/claims.py ML100K OUT [--epochs 100] [--only ligr,gbce,time,logq]
        [--set trainer.patience_steps=0]

ML100K is a folder with `ml-100k.inter`. What is finished in OUT is not run again.
"""

import argparse
from math import sqrt
from pathlib import Path
from statistics import mean, stdev

from measured_run import SMALL, measured, prepared, spread

MIXED = (
    'model.negatives={"type": "mixed", "parts": [{"type": "in_batch", "num_negative_samples": 128},'
    ' {"type": "uniform", "num_negative_samples": 128}]}'
)
CLAIMS = {
    "ligr": (
        "LiGR blocks over SASRec's, both with sampled softmax (arXiv:2508.06450)",
        ("sasrec-ss", ()),
        ("esasrec", ()),
    ),
    "gbce": (
        "gBCE over BCE, 256 negatives each (arXiv:2308.07192)",
        ("gsasrec", ("model.loss.calibration=0",)),
        ("gsasrec", ()),
    ),
    "time": (
        "HSTU with bias of time over without (arXiv:2402.17152)",
        ("hstu", ('model.encoder.positions=["relative_position"]',)),
        ("hstu", ()),
    ),
    "logq": (
        "logQ over none, mixed negatives (arXiv:2507.09331)",
        ("sasrec-ss", (MIXED, 'model.loss.logq="none"')),
        ("sasrec-ss", (MIXED, 'model.loss.logq="negatives"')),
    ),
}


def verdict(without: list[float], with_it: list[float]) -> str:
    """Whether the means differ by more than two standard errors of their difference."""
    gain = mean(with_it) - mean(without)
    error = sqrt(sum(stdev(v) ** 2 / len(v) for v in (without, with_it) if len(v) > 1))
    if abs(gain) <= 2 * error:
        return "within the spread"
    return "yes" if gain > 0 else "no, the other way"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ml_100k", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default=",".join(CLAIMS))
    parser.add_argument("--set", action="append", default=[], help="a setting of all runs")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    data = prepared(options.out / "data", options.ml_100k / "ml-100k.inter", "--keep-time")
    lines = [
        "| claim | without, test ndcg@10 | with | difference | seen |",
        "|---|---|---|---|---|",
    ]
    for name in options.only.split(","):
        title, *arms = CLAIMS[name]
        values: list[list[float]] = [[], []]
        for seed in range(1, options.seeds + 1):
            for arm, (preset, changes) in enumerate(arms):
                size = [*SMALL, f"trainer.max_epochs={options.epochs}", *options.set]
                words = [*size, f"seed={seed}", *changes]
                place = f"{name}-{('without', 'with')[arm]}-{seed}"
                run = measured(place, options.out, preset, data, words)
                values[arm].append(run.value("ndcg@10"))
        gain = mean(values[1]) - mean(values[0])
        without, with_it = map(spread, values)
        lines.append(f"| {title} | {without} | {with_it} | {gain:+.4f} | {verdict(*values)} |")
        print("\n".join(lines), flush=True)
    (options.out / "claims.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
