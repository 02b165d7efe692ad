"""Throughput and peak memory of the full-CE step, against catalogue size and length."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import matplotlib
from rows import K12, ZIPF, Row

matplotlib.use("Agg")
from matplotlib import pyplot

Measured = tuple[Row, str, list[dict]]
QUANTITIES = (("figure", "sequences/s"), ("peak", "peak memory, MB"))


def plot(measured: list[Measured], assets: Path) -> Iterator[tuple[str, str]]:
    """Draws what at least two rows give points for; title and file of each picture."""
    steps = [each for each in measured if is_plain(each[0]) and each[1] == "default"]
    axes = (
        ("items", "catalogue size", [each for each in steps if each[0].length == 50]),
        ("length", "length", [each for each in steps if each[0].items == K12]),
    )
    for axis, title, rows in axes:
        if len(rows) > 1:
            file = f"performance-{axis}.png"
            draw(sorted(rows, key=lambda each: getattr(each[0], axis)), axis, title, assets / file)
            yield f"Full-CE step against {title}", file


def is_plain(row: Row) -> bool:
    return (row.kind, row.loss, row.model, row.lengths) == ("train", "CE", "SasRec", ZIPF)


def draw(rows: list[Measured], axis: str, title: str, target: Path) -> None:
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    places = [getattr(row, axis) for row, _, _ in rows]
    for panel, (quantity, label) in zip(panels, QUANTITIES, strict=True):
        for side, name in (("peer", "replay-rec 0.21.2"), ("ours", "seqrec")):
            values = [median(p[side][quantity] for p in pairs) for _, _, pairs in rows]
            panel.loglog(places, values, marker="o", label=name)
        panel.set(xlabel=title, ylabel=label, xticks=places)
        panel.set_xticklabels([f"{place:,}" for place in places])
        panel.minorticks_off()
        panel.legend()
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=120)
    pyplot.close(figure)
