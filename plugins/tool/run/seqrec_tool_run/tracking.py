"""What follows a run: the trackers of its recipe, told how it goes."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from seqrec_core.build import Runtime, build_part
from seqrec_core.contracts import Row, TrackerProto
from seqrec_core.errors import Fault, SpecError
from seqrec_core.session import dump
from seqrec_core.spec import Recipe


class Tracking:
    """Trackers as one, around the training of a run: what ends it by an error ends them, too.

    They are started with the first that they are to be told. A trainer tells nothing but in its
    first process, and before it trains no process knows which that is.
    """

    def __init__(
        self,
        trackers: Sequence[TrackerProto],
        folder: Path,
        recipe: Mapping[str, Any],
        resumed: bool,
    ) -> None:
        self._waiting = [*trackers]
        self._started: list[TrackerProto] = []
        self._run = folder, recipe, resumed

    @classmethod
    def of(cls, recipe: Recipe, runtime: Runtime, folder: Path, resumed: bool) -> "Tracking":
        """Builds the trackers of a resolved recipe; SpecError for one that lacks a method."""
        trackers = []
        for index, spec in enumerate(recipe.trackers):
            path = f"trackers[{index}]"
            tracker = build_part(spec, runtime, path)
            if not isinstance(tracker, TrackerProto):
                message = "what it builds lacks one of start, log, finish of TrackerProto; add it"
                raise SpecError([Fault(f"{path}.type", message)])
            trackers.append(tracker)
        return cls(trackers, folder, dump(recipe, runtime.session), resumed)

    def start(self) -> None:
        """Tells those that wait which run this is."""
        while self._waiting:
            tracker = self._waiting.pop(0)
            tracker.start(*self._run)
            self._started.append(tracker)

    def log(self, values: Row, step: int) -> None:
        """Tells each a copy of the values, whatever numbers they are."""
        self.start()
        for tracker in self._started:
            tracker.log(dict(values), step)

    def finish(self, state: str) -> None:
        """Tells those that were started, once, that the run is over; all, even if one fails."""
        with ExitStack() as stack:
            while self._started:
                stack.callback(self._started.pop().finish, state)

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, _: object, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with suppress(Exception):  # what ended the run is what its user must see
                self.finish("failed" if issubclass(kind, Exception) else "interrupted")
