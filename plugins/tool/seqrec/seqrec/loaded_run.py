"""A run, or another bundle, in Python: what is known of it, and what the commands do with it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import attrs

from seqrec.frame_histories import histories_of
from seqrec.frames import Frame, frame_file, like
from seqrec.prepared_data import Data, Place
from seqrec_core.bundle import Bundle
from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError
from seqrec_core.notebook import table_html
from seqrec_core.places import is_remote, local
from seqrec_core.printable import echo
from seqrec_core.spec import Recipe

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console
    from seqrec_tool_recommend.recommender import Recommendation, Recommender

__all__ = ["Metrics", "Run", "load"]

Candidates = Place | Frame | Sequence[Any]


class Metrics(dict[str, float]):
    """Numbers by the names that metrics.json has: `test/ndcg@10`, `test/popularity/ndcg@10`."""

    def _repr_html_(self) -> str:
        """A table for each split: the model, the baseline, the ratio."""
        from seqrec_tool_run.metrics import BASELINE, compared, splits, times

        tables = []
        for split in splits(self):
            rows = [
                (name, f"{value:.4f}", "" if base is None else f"{base:.4f}", times(value, base))
                for name, value, base in compared(self, split)
            ]
            tables.append(table_html((split, "model", BASELINE, "ratio"), rows))
        return "".join(tables)


@attrs.frozen(slots=False, repr=False)
class Run:
    """A run of `seqrec.fit` or `seqrec fit`, or another bundle.

    >>> run = seqrec.load("run")
    >>> run.evaluate()["test/ndcg@10"]
    0.1913
    >>> run.recommend([["item 3", "item 7"]], top_k=2)
    [[Recommendation(item='item 8', score=11.2), Recommendation(item='item 4', score=7.9)]]
    """

    path: Path
    trust: bool = False
    is_copy: bool = False  # of a URI: what is measured is not stored

    @cached_property
    def bundle(self) -> Bundle:
        """What is on disk: the lock, the weights, the items."""
        return Bundle.load(self.path, trust=self.trust)

    @property
    def spec(self) -> Recipe:
        """The resolved recipe that it was trained by."""
        return self.bundle.recipe

    @property
    def metrics(self) -> Metrics:
        """What was measured so far."""
        return Metrics({k: v for k, v in self.bundle.metrics.items() if "/" in k})

    @property
    def history(self) -> "pa.Table":
        """A row for each that the trainer recorded: epoch, losses, metrics; none where none is."""
        import pyarrow as pa

        rows = self._rows()
        names = dict.fromkeys(name for row in rows for name in row)
        return pa.table({name: [row.get(name) for row in rows] for name in names})

    @property
    def best(self) -> dict[str, float] | None:
        """The row of the history whose weights were kept; None where it is not known."""
        epoch = self.bundle.metrics.get("epoch")
        return next((row for row in self._rows() if row["epoch"] == epoch), None)

    @property
    def is_finished(self) -> bool:
        """Whether its training came to its end; else `seqrec.fit` goes on with `resume=True`."""
        from seqrec_tool_run.run_folder import RunFolder

        return not RunFolder(self.path).is_unfinished

    @cached_property
    def recommender(self) -> "Recommender":
        """What answers, on the CPU; `Recommender(run.bundle, "cuda")` is one on a GPU."""
        from seqrec_tool_recommend.recommender import Recommender

        return Recommender(self.bundle)

    def evaluate(
        self,
        split: Literal["validate", "test"] = "test",
        *,
        data: Place | None = None,
        candidates: Candidates | None = None,
    ) -> Metrics:
        """Metrics on a split beside the popularity baseline, as `seqrec evaluate` has them.

        `data` stands in for the folder of the training; `candidates` are the only items to rank:
        a file, a list of items or a frame with columns user and item. The run keeps the numbers.
        """
        from seqrec_tool_run.evaluate import measure

        with _candidates(candidates) as file:
            measurement = measure(self.path, _folder(data), split, file, trust=self.trust)
        if not self.is_copy:
            note = measurement.store(_quiet())
            if note.startswith("not stored"):
                echo(note)
        return Metrics(measurement.metrics)

    def recommend(
        self,
        histories: Frame | Sequence[Sequence[Any]],
        top_k: int = 10,
        *,
        user: str | None = None,
        item: str | None = None,
        timestamp: str | None = None,
        **options: Any,
    ) -> "Any | list[list[Recommendation]]":
        """The best items after each history: of anybody, whether or not in the training.

        Of a frame with a row an event the answer is a frame of the same library: user, item, rank,
        score. `user`, `item` and `timestamp` name its columns: else those of the training, or usual
        ones. Of lists
        of items, oldest first, the answer is lists of (item, score). `options` are those of
        `Recommender.recommend`: at, users, candidates, keep_seen, skip_unknown, batch_size.

        >>> run.recommend(df, top_k=5, skip_unknown=True)
        """
        if not isinstance(histories, Frame):
            return self.recommender.recommend(histories, top_k, **options)
        names = {"user": user, "item": item, "timestamp": timestamp}
        with frame_file(histories) as file:
            users, events = histories_of(file, names, self._usual_names())
        answers = self.recommender.recommend(events, top_k, **options)
        return like(self._table(users, answers), histories)

    def predict(
        self,
        *,
        data: Place | None = None,
        top_k: int = 10,
        candidates: Candidates | None = None,
        keep_seen: bool = False,
    ) -> "pa.Table":
        """The best items of every user of the data, as `seqrec predict` writes them.

        >>> run.predict(top_k=20).to_pandas()
        """
        import pyarrow.parquet as pq
        from seqrec_tool_run.predict import write_predictions

        with TemporaryDirectory(prefix="seqrec-") as folder, _candidates(candidates) as file:
            out = Path(folder) / "top.parquet"
            predictions = write_predictions(
                self.path, _folder(data), out, top_k, file, keep_seen, trust=self.trust
            )
            table = pq.read_table(out)
        for line in predictions.notices:
            echo(line)
        return table

    def _table(
        self, users: "pa.Array", answers: "Sequence[Sequence[Recommendation]]"
    ) -> "pa.Table":
        import pyarrow as pa

        items = self.bundle.item_table
        kind = None if items is None else items.schema.field("item").type
        rows = [(n, i, best) for n, own in enumerate(answers) for i, best in enumerate(own, 1)]
        return pa.table(
            {
                "user": users.take(pa.array([number for number, _, _ in rows], pa.int64())),
                "item": pa.array([best.item for _, _, best in rows], kind),
                "rank": pa.array([rank for _, rank, _ in rows], pa.int32()),
                "score": pa.array([best.score for _, _, best in rows], pa.float32()),
            }
        )

    def _usual_names(self) -> dict[str, str]:
        """The columns of the table that the model was trained on, as far as its data is there."""
        place = self.spec.data.folder if self.spec.data else ""
        if not place or (is_remote(place) and not self.trust):
            return {}
        try:
            folder = local(place)
        except DataError:  # gone, as a folder may be
            return {}
        data = Data(folder) if DataFolder(folder).schema.is_file() else None
        names: dict[str, str] = data.report.get("source", {}).get("columns", {}) if data else {}
        return names

    def _rows(self) -> list[dict[str, float]]:
        from seqrec_tool_run.history_csv import HISTORY, read_rows

        file = self.path / HISTORY
        return [dict(row) for row in read_rows(file)] if file.is_file() else []

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        state = "" if self.is_finished else ", unfinished"
        return f"Run({str(self.path)!r}, {type(self.spec.model).__name__}{state})"

    def _repr_html_(self) -> str:
        """The model, metrics, curves and the spec as a tree, for notebooks."""
        from seqrec_tool_run.curve import curve_svg
        from seqrec_tool_run.run_facts import run_facts

        facts = run_facts(self.path)
        curves = curve_svg(self._rows(), facts["monitor"] or "", facts["best_epoch"])
        return "".join(
            [
                table_html(("run", str(self.path)), _facts(facts)),
                self.metrics._repr_html_(),
                f"<div>{curves}</div>",
                self.spec._repr_html_(),
            ]
        )


def load(place: Place | Run, *, trust: bool = False) -> Run:
    """The run, or another bundle, in a folder or at a URI such as `hf://owner/name`.

    >>> run = seqrec.load("run")

    Raises BundleError for a folder that is none, or whose plugins are missing. `trust` reads what
    it names outside of its folder, too.
    """
    if isinstance(place, Run):
        return place
    run = Run(local(place), trust, is_remote(place))
    _ = run.bundle
    return run


def _facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a table says of a run."""
    yield "model", facts["model"]
    for name in ("parameters", "items"):
        if facts[name] is not None:
            yield name, f"{facts[name]:,}"
    for name in ("data", "seed", "epochs", "best_epoch", "written"):
        if facts[name] is not None:
            yield name.replace("_", " "), f"{facts[name]}"


def _folder(data: Place | None) -> Path | None:
    return None if data is None else local(data)


def _quiet() -> "Console":
    """A console that prints nothing."""
    from seqrec_core.terminal import console

    screen = console()
    screen.quiet = True
    return screen


@contextmanager
def _candidates(candidates: Candidates | None) -> Iterator[Path | None]:
    """The file of candidates; names of metrics have that of the file."""
    if candidates is None:
        yield None
    elif isinstance(candidates, Frame):
        with frame_file(candidates, "the frame of candidates", "candidates") as file:
            yield file
    elif isinstance(candidates, Sequence) and not isinstance(candidates, str):
        with TemporaryDirectory(prefix="seqrec-") as folder:
            file = Path(folder) / "candidates.txt"
            file.write_text("".join(f"{item}\n" for item in candidates), encoding="utf-8")
            yield file
    else:
        yield local(candidates)
