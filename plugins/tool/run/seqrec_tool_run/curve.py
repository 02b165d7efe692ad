"""Draws a run as inline SVG: its training loss, and what was validated, over epochs."""

from collections.abc import Mapping, Sequence

from seqrec_tool_run.svg_panel import Line, panel_svg

__all__ = ["curve_svg"]

Rows = Sequence[Mapping[str, float]]
COLOURS = ("#3b82f6", "#d97706", "#059669", "#a855f7", "#dc2626", "#0891b2")  # on white and black
GREY = "#6b7280"


def curve_svg(rows: Rows, monitor: str, best_epoch: float | None = None) -> str:
    """A panel of the training loss, and one of every metric at the monitored cut-off.

    One that would be empty is left out. A dotted line is at the epoch of the best weights.
    """
    loss = _lines(rows, ["train_loss"])
    metrics = _lines(rows, _curve_names(rows, monitor))
    return panel_svg("Training loss", "mean loss", loss, best_epoch) + panel_svg(
        "Validation", "metric", metrics, best_epoch
    )


def _curve_names(rows: Rows, monitor: str) -> list[str]:
    """The monitored metric first, then the others at its cut-off."""
    cut_off = monitor.partition("@")[2]
    names = {name for row in rows for name in row if "@" in name or name == monitor}
    return sorted(
        (name for name in names if name == monitor or name.partition("@")[2] == cut_off),
        key=lambda name: (name != monitor, name),
    )


def _lines(rows: Rows, names: Sequence[str]) -> list[Line]:
    return [
        Line(
            name,
            COLOURS[number % len(COLOURS)],
            [(row["epoch"], row[name]) for row in rows if name in row],
        )
        for number, name in enumerate(names)
    ]
