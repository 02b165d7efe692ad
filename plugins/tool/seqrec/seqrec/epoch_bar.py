"""How a training shows its progress in a notebook: one bar that moves with the epochs."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from seqrec_core.notebook import escape

__all__ = ["EpochBar", "in_notebook"]

_SHOWN = ("train_loss", "loss")


def in_notebook() -> bool:
    """Whether this process runs the cells of a notebook; IPython is not imported for it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and "IPKernelApp" in shell.config


class EpochBar:
    """A bar below the cell, shown anew for each row of the history; it needs no widgets.

    `show` displays HTML and returns what takes the next; by default that of IPython.
    """

    def __init__(
        self,
        epochs: int | None,
        monitor: str | None,
        show: Callable[[str], Callable[[str], None]] | None = None,
    ) -> None:
        self.epochs, self.monitor = epochs, monitor
        self._update = (show or _display)(self.html({}))

    def __call__(self, row: Mapping[str, float]) -> None:
        """Moves on to the epoch of a row."""
        self._update(self.html(row))

    def html(self, row: Mapping[str, float]) -> str:
        """The bar after a row of the history."""
        epoch = row.get("epoch", 0)
        of = f"/{self.epochs}" if self.epochs else ""
        names = [name for name in (*_SHOWN, self.monitor) if name in row]
        words = [f"epoch {epoch:g}{of}", *(f"{name} {row[str(name)]:.4f}" for name in names)]
        bar = f'<progress value="{epoch:g}" max="{self.epochs}"></progress> ' if self.epochs else ""
        return f"<div>{bar}{escape('  '.join(words))}</div>"


def _display(html: str) -> Callable[[str], None]:
    """Shows HTML below the cell; what is returned shows other HTML in its place."""
    display: Any = sys.modules["IPython.display"]
    handle = display.display(display.HTML(html), display_id=True)
    return lambda text: handle.update(display.HTML(text))
