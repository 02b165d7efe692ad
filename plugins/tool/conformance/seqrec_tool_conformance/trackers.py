"""Conformance of trackers."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from seqrec_core.contracts import TrackerProto
from seqrec_core.reading.codec import dump
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.journey_recipes import placed
from seqrec_tool_conformance.local_components import at_hand

__all__ = ["TrackerConformance"]

STATES = ("finished", "interrupted", "failed")
NAN = float("nan")
VALUES: list[tuple[int, dict[str, float]]] = [
    (1, {"train_loss": 4.75, "learning_rate": 0.001}),
    (2, {"ndcg@10": 0.25, "ndcg@10/dataloader_idx_1": NAN}),
    (2, {"ndcg@10": 0.25, "train_loss": float("inf")}),
    (5, {"train_loss": -0.5, "epoch": 2}),
    (4, {"train_loss": 0.0}),
    (6, {}),
]
"""Values of a run by step: steps come again, as after a resumption, and not all are numbers."""


class TrackerConformance(GeneralConformance):
    """Checks of what follows a run: of one told by hand, and of one by every command.

    What it writes belongs below the run's folder; of a service elsewhere nothing is checked.
    """

    kind = "tracker"
    contract = TrackerProto
    place = "trackers[0]"

    def inputs(self) -> dict[str, Any]:
        """The recipe of a run, and its values by step."""
        recipe = dump(self.subject.recipe, self.subject.registry)
        return {"recipe": recipe, "values": [(step, dict(row)) for step, row in VALUES]}

    def call(self, tracker: Any, inputs: dict[str, Any]) -> Any:
        """Nothing to compare, as what it writes may hold times: a whole run."""
        with tempfile.TemporaryDirectory() as folder:
            self.follow(tracker, Path(folder), inputs)

    def follow(
        self,
        tracker: Any,
        folder: Path,
        inputs: dict[str, Any] | None = None,
        *,
        resumed: bool = False,
        state: str = "finished",
    ) -> None:
        """Tells a tracker of a run in a folder, from start to finish."""
        inputs = self.inputs() if inputs is None else inputs
        tracker.start(folder, inputs["recipe"], resumed)
        for step, values in inputs["values"]:
            tracker.log(values, step)
        tracker.finish(state)

    def test_a_run_may_end_in_any_way(self) -> None:
        for state in STATES:
            for inputs in (self.inputs(), {**self.inputs(), "values": []}):
                with tempfile.TemporaryDirectory() as folder:
                    self.follow(self.build(), Path(folder), inputs, state=state)

    def test_it_writes_below_the_folder_of_the_run_alone(self) -> None:
        with _elsewhere() as root:
            tracker = self.build()
            early = _sizes(root)
            assert not early, f"before a run starts it writes {[*early]}; wait for start()"
            folder = root / "runs" / "one"
            folder.mkdir(parents=True)
            self.follow(tracker, folder)
            outside = [str(path) for path in _sizes(root) if not path.is_relative_to("runs/one")]
            assert not outside, f"it writes {outside}; the folder of the run is runs/one"

    def test_it_leaves_what_others_wrote(self) -> None:
        texts = {"spec.json": "{}", "logs/history.csv": "epoch\n1\n", "checkpoints/last": "..."}
        for resumed in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                for name, text in texts.items():
                    path = Path(folder, name)
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(text)
                self.follow(self.build(), Path(folder), resumed=resumed)
                changed = [name for name in texts if not _holds(Path(folder, name), texts[name])]
                assert not changed, f"it changes {changed}, files of the run that are not its own"

    def test_a_resumed_run_keeps_what_was_written_before(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.follow(self.build(), folder, state="interrupted")
            before = _sizes(folder)
            shorter = {**self.inputs(), "values": [(7, {"train_loss": 0.25})]}
            self.follow(self.build(), folder, shorter, resumed=True)
            after = _sizes(folder)
        _assert_there(after, before)
        kept, written = (sum(sizes[path] for path in before) for sizes in (after, before))
        assert kept >= written, (
            f"a resumed run leaves {kept} bytes in {[*map(str, before)]}, where {written} were "
            "written before; add to what is there"
        )

    def test_a_run_is_resumed_with_it(self) -> None:
        with tempfile.TemporaryDirectory() as name, at_hand(self.subject):
            journey = self.journey(Path(name))
            journey.fit()
            before = _sizes(journey.run)
            longer = placed(journey.recipe, "trainer.max_epochs", 2)
            attrs.evolve(journey, recipe=longer).resume()
            _assert_there(_sizes(journey.run), before)


@contextlib.contextmanager
def _elsewhere() -> Iterator[Path]:
    """A new folder, which is the current one for a while."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        yield Path(name)


def _sizes(folder: Path) -> dict[Path, int]:
    """The bytes of each file below a folder; a link is none, it may point to a later one."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder): path.stat().st_size for path in paths}


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text


def _assert_there(after: Mapping[Path, int], before: Mapping[Path, int]) -> None:
    gone = [str(path) for path in before if path not in after]
    assert not gone, f"a resumed run removes {gone}, written before it"
