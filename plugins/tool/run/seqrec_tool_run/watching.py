"""Who follows a run row by row, and may end it."""

from collections.abc import Callable

from seqrec_core.contracts import Outcome, Row

Told = Callable[[Row], None]


class StopTraining(Exception):  # noqa: N818, since it is a wish and no error
    """Raised by the `watch` of a fit: the run ends here, as an interrupted one does."""


class Watching:
    """The `record` and the `keep` of a run, and who is told each row once it is stored.

    Where that one ends the run before any weights were kept, those of the moment are. Of a run that
    goes on, `earlier` is the last row before, and `best` that of the weights that are kept.
    """

    def __init__(
        self,
        record: Told,
        keep: Told,
        watch: Told | None,
        earlier: Row | None = None,
        best: Row | None = None,
    ) -> None:
        self._record, self._keep, self._watch = record, keep, watch
        self._rows: list[Row] = []
        self._earlier, self._best = earlier, best

    @property
    def newest(self) -> Row | None:
        """The last row of the run, None before its first."""
        return self._rows[-1] if self._rows else self._earlier

    def record(self, row: Row) -> None:
        """Stores the row, then shows a copy of it."""
        self._record(row)
        self._rows.append(row)
        if self._watch is not None:
            self._watch(dict(row))

    def keep(self, row: Row) -> None:
        """Keeps the weights of the row as the best."""
        self._keep(row)
        self._best = row

    def so_far(self) -> Outcome:
        """What came of the run until now."""
        return Outcome(self._rows, self._best)

    def stopped(self, has_weights: bool) -> Outcome:
        """What came of a run that was ended from here."""
        if not has_weights:
            self.keep(self._rows[-1])
        return Outcome(self._rows, self._best, interrupted=True)
