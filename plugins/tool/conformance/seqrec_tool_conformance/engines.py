"""Conformance of engines."""

import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from seqrec_library_engines.kind import EngineProto, WorkProto
from seqrec_library_engines.trial_works import Doubles, Fails, Reads, Stumbles, Unopened
from seqrec_tool_run import commands as running

from seqrec_core.errors import SeqrecError
from seqrec_tool_conformance.general import GeneralConformance
from seqrec_tool_conformance.journey_recipes import sasrec_recipe
from seqrec_tool_conformance.local_components import at_hand

__all__ = ["EngineConformance"]

MANY = 40  # more pieces than there are processes, most likely


class EngineConformance(GeneralConformance):
    """Checks of what shares out pieces among processes, with small works, and with `predict`.

    Fields that start a large engine, such as a number of processes, are set small in `settings`.
    What takes long to start is best started once: a fixture of the class does it, and the engine
    uses what it finds.

        @pytest.mark.usefixtures("session")  # of scope "class"
        class TestCluster(EngineConformance):
            component = "acme-cluster:cluster"
    """

    kind = "engine"
    contract = EngineProto

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """That of SasRec: an engine stands in no recipe."""
        return sasrec_recipe()

    def inputs(self) -> dict[str, Any]:
        """Three pieces."""
        return {"pieces": [1, 2, 3]}

    def call(self, engine: Any, inputs: dict[str, Any]) -> list[tuple[int, Any]]:
        """Doubles of the pieces, in order."""
        return self.answers(engine, Doubles(), inputs["pieces"])

    def answers(
        self, engine: Any, work: WorkProto, pieces: Sequence[Any], files: Mapping[str, str] = {}
    ) -> list[tuple[int, Any]]:
        """What the engine answers, by number, with files of these texts shipped."""
        with _shipped(files) as folder:
            return sorted(engine.map(work, pieces, folder), key=lambda answer: answer[0])

    def test_every_piece_is_answered_once(self) -> None:
        """Of none, one, a few, and more than there are processes."""
        engine = self.build()
        for count in (0, 1, 7, MANY):
            pieces = [3 * number for number in range(count)]
            answers = self.answers(engine, Doubles(), pieces)
            expected = [(number, 2 * piece) for number, piece in enumerate(pieces)]
            assert answers == expected, (
                f"of {count} pieces it answers {answers}; give each piece's number and its answer, "
                "once"
            )

    def test_shipped_files_are_read_where_the_work_is_done(self) -> None:
        """The folder of files is there, whatever process it is."""
        files = {f"{name}.txt": f"the text of {name}" for name in "abc"}
        answers = self.answers(self.build(), Reads(), [*files], files)
        texts = [text for _, (text, _) in answers]
        assert texts == [*files.values()], f"of files {files} the work reads {texts}"

    def test_a_folder_within_the_files_is_shipped_too(self) -> None:
        """A file two folders deep is found."""
        files = {"bundle/assets/a.txt": "deep"}
        answers = self.answers(self.build(), Reads(), [*files], files)
        assert [text for _, (text, _) in answers] == ["deep"]

    def test_an_error_of_the_work_is_said(self) -> None:
        """Of seqrec or of strangers, it becomes a SeqrecError; the engine goes on being one."""
        for work, said in (
            (Fails(1), "row 1 holds no star"),
            (Fails(1, is_strange=True), "no such star"),
        ):
            error = self._error(work)
            assert isinstance(error, SeqrecError), (
                f"the work raised what says {said!r}, and the engine {type(error).__name__}: "
                f"{error}; raise SeqrecError"
            )
            assert said in str(error), f"the work said {said!r}, and the engine {str(error)!r}"
        again = self.answers(self.build(), Doubles(), [5])
        assert again == [(0, 10)], f"after an error, the next map answers {again}"

    def _error(self, work: WorkProto) -> Exception | None:
        try:
            self.answers(self.build(), work, [0, 1, 2])
        except Exception as error:
            return error
        return None

    def test_work_that_cannot_be_opened_is_said(self) -> None:
        """So is what `open` raises."""
        error = self._error(Unopened())
        assert isinstance(error, SeqrecError), f"it raises {error!r}; raise SeqrecError"
        assert "no bundle there" in str(error), f"it says {str(error)!r}, not what open() raised"

    def test_a_piece_whose_process_was_killed_is_tried_again(self) -> None:
        """Of an engine that has no other processes there is nothing to kill."""
        with tempfile.TemporaryDirectory() as shared:
            engine, pieces = self.build(), [*range(6)]
            answers = self.answers(engine, Stumbles(2, shared, parent=os.getpid()), pieces)
            assert answers == [(piece, 2 * piece) for piece in pieces], (
                f"after a process was killed, {answers} is answered; try its pieces again, and "
                "give each answer once"
            )

    def test_answers_that_nobody_waits_for_are_left(self) -> None:
        """An iterator that is dropped early harms nobody."""
        with _shipped({}) as folder:
            answers = iter(self.build().map(Doubles(), range(MANY), folder))
            next(answers)
            del answers

    def test_every_command_runs(self) -> None:
        """`seqrec predict --engine` writes what the trainer predicts."""
        with tempfile.TemporaryDirectory() as folder, at_hand(self.subject):
            journey = self.journey(Path(folder))
            journey.fit()
            journey.predict()
            out = Path(folder, "parts")
            self._predict(journey.bundle, out)
            here, there = pq.read_table(journey.recommendations), pq.read_table(out)
        names = ["user", "item", "rank"]
        assert there.select(names).equals(here.select(names)), (
            "`seqrec predict --engine` recommends other items than `seqrec predict`"
        )
        scores = zip(here["score"].to_pylist(), there["score"].to_pylist(), strict=True)
        assert all(abs(one - other) < 1e-5 for one, other in scores), (
            "`seqrec predict --engine` gives other scores than `seqrec predict`"
        )

    def _predict(self, bundle: Path, out: Path) -> None:
        fields = {name: value for name, value in self.subject.raw.items() if name != "type"}
        assignments = [f"engine.{name}={json.dumps(value)}" for name, value in fields.items()]
        name = self.subject.component.canonical
        try:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                running.predict(bundle, out=str(out), trust=True, engine=name, set=assignments)
        except Exception as cause:
            raise AssertionError(
                f"`seqrec predict --engine {name}` fails: {type(cause).__name__}: {cause}"
            ) from cause


@contextmanager
def _shipped(files: Mapping[str, str]) -> Iterator[Path]:
    """A folder of files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, text in files.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(text, encoding="utf-8")
        yield folder
