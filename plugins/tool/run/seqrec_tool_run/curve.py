"""Draws a run: loss and metrics over epochs."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Rows = Sequence[dict[str, float]]
COLOURS = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2")
GREY = "#6b7280"


def draw_curve(rows: Rows, monitor: str, best_epoch: float | None, path: Path) -> None:
    """Writes a PNG: the training loss, and every metric at the monitored cut-off."""
    figure = Figure(figsize=(10, 3.8), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _line(left, rows, "train_loss", COLOURS[0])
    _finish(left, "Training loss")
    for name, colour in zip(_curve_names(rows, monitor), cycle(COLOURS), strict=False):
        _line(right, rows, name, colour)
    if best_epoch is not None:
        right.axvline(best_epoch, color=GREY, linestyle=":", linewidth=1, label="best weights")
    _finish(right, "Validation")
    if right.lines:
        right.legend(frameon=False, fontsize=9)
    figure.savefig(path, format="png")


def _curve_names(rows: Rows, monitor: str) -> list[str]:
    """The monitored metric first, then the others at its cut-off."""
    cut_off = monitor.partition("@")[2]
    names = {name for row in rows for name in row if "@" in name}
    return sorted(
        (name for name in names if name == monitor or name.partition("@")[2] == cut_off),
        key=lambda name: (name != monitor, name),
    )


def _line(axes: Axes, rows: Rows, name: str, colour: str) -> None:
    points = [(row["epoch"], row[name]) for row in rows if name in row]
    axes.plot(
        [epoch for epoch, _ in points],
        [value for _, value in points],
        color=colour,
        linewidth=1.8,
        marker="o",
        markersize=3.5 if len(points) <= 40 else 0,
        label=name,
    )


def _finish(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlabel("epoch", color=GREY)
    axes.grid(axis="y", color="#e5e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, length=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
