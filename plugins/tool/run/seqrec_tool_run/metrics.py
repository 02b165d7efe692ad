"""Metrics of a run: how they are stored, and how they look beside the baseline.

metrics.json holds one number a name: `test/ndcg@10` of the model, `test/popularity/ndcg@10` of
the baseline, and `epoch`, when the weights were the best. Of candidates that a file `a.csv` names
they are `test:a/ndcg@10` and `test:a/popularity/ndcg@10`; of a model that is told when it is asked
`test+time/ndcg@10`, for what it has to guess is less: its numbers never stand among the others. On
other data than that of the training, in a folder `day2`, they are `test@day2/ndcg@10`.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from rich.table import Table

from seqrec_core.terminal import table

BASELINE = "popularity"
OF = ":"  # between a split and the file of the candidates that were ranked
TIMED = "+time"  # behind a split where the model was told the time of the request
ON = "@"  # between a split and the folder of other data than that of the training


def ranked_name(
    split: str,
    candidates: Path | None = None,
    *,
    is_timed: bool = False,
    other_data: Path | None = None,
) -> str:
    """What stands for a split in names of metrics: `test`, or `test:a` of candidates in `a.csv`.

    `is_timed` says that the model is told when it is asked: `test+time`; `other_data` is the
    folder of data that it was not trained with: `test@day2`.
    """
    name = f"{split}{TIMED}" if is_timed else split
    name += f"{ON}{other_data.resolve().name}" if other_data else ""
    return name if candidates is None else f"{name}{OF}{candidates.stem}"


def named(split: str, metrics: Mapping[str, float], of_baseline: bool = False) -> dict[str, float]:
    """Metrics of a split by their names in metrics.json; means over nobody are left out."""
    prefix = f"{split}/{BASELINE}/" if of_baseline else f"{split}/"
    return {f"{prefix}{name}": x for name, x in metrics.items() if not math.isnan(x)}


def splits(metrics: Mapping[str, float]) -> list[str]:
    """The splits that were measured."""
    return list(dict.fromkeys(name.partition("/")[0] for name in metrics if "/" in name))


def compared(metrics: Mapping[str, float], split: str) -> list[tuple[str, float, float | None]]:
    """Name, value of the model and of the baseline, if it was measured, for each metric."""
    prefix = f"{split}/"
    return [
        (name.removeprefix(prefix), value, metrics.get(f"{prefix}{BASELINE}/{name[len(prefix) :]}"))
        for name, value in metrics.items()
        if name.startswith(prefix) and not name.startswith(f"{prefix}{BASELINE}/")
    ]


def times(value: float, baseline: float | None) -> str:
    """How many times the baseline a value is."""
    return f"{value / baseline:.1f}x" if baseline else ""


def metrics_table(metrics: Mapping[str, float], split: str) -> Table:
    """One row a metric: the model, the baseline, the ratio."""
    ranked = "candidates" if OF in split else "full catalogue"
    is_timed = re.split(f"[{OF}{ON}]", split)[0].endswith(TIMED)
    timing = ", request time known" if is_timed else ""
    rows = table(f"{split}, {ranked}{timing}", "model", BASELINE, "ratio", right=3)
    for name, value, baseline in compared(metrics, split):
        beside = "" if baseline is None else f"{baseline:.4f}"
        rows.add_row(name, f"{value:.4f}", beside, times(value, baseline))
    return rows
