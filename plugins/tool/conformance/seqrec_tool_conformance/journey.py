"""The way of a recipe through the commands: what a suite passes, every command runs."""

import contextlib
import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pyarrow.parquet as pq
import typer
from seqrec_tool_recommend import commands as recommending
from seqrec_tool_run import commands as running

__all__ = ["Journey"]

HISTORY = ("item 3", "item 4")


@attrs.frozen
class Journey:
    """A recipe, as plain data, and an empty folder for its run.

    `history` is what `recommend` is asked about, items or events as JSON, for a `user`, JSON too.
    Each step raises AssertionError with the command that failed.
    """

    recipe: Mapping[str, Any]
    folder: Path
    history: Sequence[str] = HISTORY
    user: str | None = None

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return self.folder / "run"

    @property
    def bundle(self) -> Path:
        """The bundle of the run, without its logs and checkpoints."""
        return self.folder / "bundle"

    @property
    def recommendations(self) -> Path:
        """What `predict` writes."""
        return self.folder / "recommendations.parquet"

    def through_every_command(self) -> None:
        """Fits, evaluates, predicts and recommends, in this process."""
        self.fit()
        self.evaluate()
        self.predict()
        self.recommend()

    def fit(self) -> None:
        """Trains the recipe and writes its bundle."""
        self._train("fit", resume=False)
        shutil.copytree(self.run, self.bundle, ignore=shutil.ignore_patterns("logs", "checkpoints"))

    def resume(self) -> None:
        """Goes on with the run, of a recipe that may have more epochs by now."""
        self._train("fit --resume", resume=True)

    def evaluate(self) -> None:
        """Measures the bundle on "validate": what was measured while it was trained."""
        before = self._metrics()
        with _command("evaluate"):
            running.evaluate(str(self.bundle), split="validate", trust=True)
        for name, value in self._metrics().items():
            assert abs(before.get(name, value) - value) < 1e-5, (
                f"`seqrec fit` measured {name} {before[name]}, `seqrec evaluate` of its bundle "
                f"{value}: the bundle is another model, or evaluation is not repeatable"
            )

    def predict(self) -> None:
        """Recommends items to the users of the data folder."""
        with _command("predict"):
            running.predict(self.bundle, out=str(self.recommendations), trust=True)
        rows = pq.read_table(self.recommendations)
        assert rows.num_rows, "`seqrec predict` recommends nothing to anybody"

    def recommend(self) -> None:
        """Recommends items after a history."""
        with _command("recommend"):
            recommending.recommend(
                self.bundle, history=list(self.history), user=self.user, trust=True
            )

    def _train(self, words: str, *, resume: bool) -> None:
        spec = self.folder / "spec.json"
        spec.write_text(json.dumps(self.recipe), encoding="utf-8")
        with _command(words):
            running.fit(spec, out=str(self.run), resume=resume, trust=True)

    def _metrics(self) -> dict[str, float]:
        file = self.bundle / "metrics.json"
        metrics: dict[str, float] = json.loads(file.read_text()) if file.is_file() else {}
        return metrics


@contextlib.contextmanager
def _command(words: str) -> Iterator[None]:
    """Runs what a command does, unheard; AssertionError where it fails."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    except (Exception, typer.Exit) as cause:
        raise AssertionError(f"`seqrec {words}` fails: {type(cause).__name__}: {cause}") from cause
