"""Scoring as work that any process can do: a bundle, a part of the users, their recommendations."""

import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from seqrec_library_engines.pieces import ReadsPieces
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.ranking import with_candidates
from seqrec_library_kernels.scorer import check_item_columns

from seqrec_core.errors import DataError
from seqrec_core.places import local
from seqrec_core.session import DEFAULT, Session, dump
from seqrec_tool_run.assembly import Assembly, Candidates
from seqrec_tool_run.part_names import part_name
from seqrec_tool_run.recommendations import RecommendationWriter, Without
from seqrec_tool_run.result_parts import ResultParts
from seqrec_tool_run.user_candidates import UserCandidates

__all__ = ["Scored", "ScoringWork", "driver_of", "pack", "pieces_of"]

BUNDLE, ASSETS = "bundle", "assets"  # the latter within the former
LIST, EACH = "candidates.npy", ("queries", "starts", "items")
Ids = NDArray[np.int64]
Driver = tuple[int, str]
_tokens: WeakKeyDictionary[Session, str] = WeakKeyDictionary()  # no other process has them


def driver_of(session: Session) -> Driver:
    """What this process knows itself by, and the session, as the one that waits for answers."""
    return os.getpid(), _tokens.setdefault(session, uuid.uuid4().hex)


@attrs.frozen(eq=False)
class Scored:
    """What was written of a piece: the part, its rows, its users, and who of them got nothing."""

    part: str
    rows: int
    users: Ids
    without: Without


@attrs.frozen(eq=False)
class ScoringWork:
    """Scores pieces of the predict split with the bundle that was shipped, and writes their rows.

    `data` is a path or URI of the data that every machine has, `parts` where rows go, `allowed`
    the allow list, `source` the file that names candidates of each user, `driver` the process and
    the session that wait for the answers: what is scored there keeps that session. Another process
    has one thread of PyTorch, and each a GPU where there is one, unless the recipe's trainer says
    cpu.
    """

    data: str
    parts: ResultParts
    top_k: int
    keep_seen: bool
    trust: bool
    allowed: tuple[str, ...] = ()
    source: Path | None = None
    driver: Driver = attrs.field(factory=lambda: driver_of(DEFAULT))

    def open(self, files: Path) -> Callable[[Any], Scored]:
        """Loads the bundle and the data; answers pairs of a piece's number and the piece."""
        waiting = [session for session in [*_tokens] if driver_of(session) == self.driver]
        if not waiting:
            torch.set_num_threads(1)
            DEFAULT.registry.allow_only(self.allowed)
        return _Scorer.of(self, Path(files), *waiting)


class _Scorer:
    """A model with its data in one process."""

    def __init__(self, work: ScoringWork, assembly: Assembly, items: Any, candidates: Any) -> None:
        self.work, self.assembly, self.items = work, assembly, items
        self.users = assembly.user_ids()
        self.run = assembly.run(candidates)
        self.device = device_of(assembly)
        self.model = assembly.model.to(self.device).eval()
        chosen = self.run.candidates
        self.candidates = None if chosen is None else chosen.to(self.device)
        with assembly.faults():
            check_item_columns(self.model)
        self.answers = Answers(self.model)

    @classmethod
    def of(cls, work: ScoringWork, files: Path, session: Session = DEFAULT) -> "_Scorer":
        """What was shipped, opened."""
        path, data = files / BUNDLE, local(work.data)
        bundle, assembly = Assembly.of_bundle(path, data, session, work.trust)
        return cls(work, assembly, assembly.item_ids(bundle), _unpacked(files, work.source))

    def __call__(self, piece: tuple[int, Any]) -> Scored:
        number, rows = piece
        name = part_name(number)
        with self.work.parts.written(name) as path:
            writer = RecommendationWriter(
                path,
                self.users,
                self.items,
                top_k=self.work.top_k,
                query_column=self.assembly.query_column,
                postprocessors=() if self.work.keep_seen else self.assembly.filters,
                candidates=self.candidates,
            )
            with writer, self.assembly.faults(), torch.inference_mode():
                self._write(rows, writer)
        return Scored(name, writer.rows, writer.queries, writer.without)

    def _write(self, piece: Any, writer: RecommendationWriter) -> None:
        data = self.assembly.data
        assert isinstance(data, ReadsPieces)
        for raw in data.batches_of("predict", piece):
            moved = {name: self._moved(value) for name, value in raw.items()}
            batch = self.run.data.transform("predict", moved)
            output = self.answers.deferred(batch, candidates=self.candidates)
            writer.update(with_candidates(batch, self.candidates), output)

    def _moved(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value.to(self.device)
        if isinstance(value, dict):
            return {name: self._moved(each) for name, each in value.items()}
        return value


def pieces_of(assembly: Assembly) -> list[tuple[int, Any]]:
    """The pieces of the predict split with their numbers.

    Raises DataError where the data module reads none.
    """
    data = assembly.data
    with assembly.faults():
        pieces = data.pieces("predict") if isinstance(data, ReadsPieces) else None
    if pieces is None:
        raise DataError(
            f"the data module {type(data).__name__} reads no pieces of the split 'predict', which "
            "an engine shares out; leave out --engine, or give it pieces() and batches_of()"
        )
    if not pieces:
        raise DataError("the data module has no rows for 'predict'; give it that split")
    return [*enumerate(pieces)]


def device_of(assembly: Assembly) -> torch.device:
    """The GPU of this process, where it has one and the trainer of the recipe may use it."""
    trainer = dump(assembly.recipe.trainer, assembly.runtime.session)
    is_barred = trainer.get("accelerator") == "cpu"
    return torch.device("cuda" if torch.cuda.is_available() and not is_barred else "cpu")


def pack(bundle: Path, candidates: Candidates | None, folder: Path) -> None:
    """Puts what processes need into an empty folder: the bundle without its logs; candidates."""
    target = folder / BUNDLE
    target.mkdir()
    for path in bundle.iterdir():
        if path.is_file() and not path.name.startswith("."):
            _copy(str(path), str(target / path.name))
    if (assets := bundle / ASSETS).is_dir():
        shutil.copytree(assets, target / ASSETS, copy_function=_copy)
    if isinstance(candidates, UserCandidates):
        for name in EACH:
            np.save(folder / f"{name}.npy", attrs.asdict(candidates)[name])
    elif candidates is not None:
        np.save(folder / LIST, candidates.numpy())


def _copy(source: str, target: str) -> str:
    """A second name of the file, or a copy where another disk holds it."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _unpacked(files: Path, source: Path | None) -> Candidates | None:
    """The candidates that were packed; those of each user are read as they are needed."""
    if source is not None:
        loaded = {name: np.load(files / f"{name}.npy", mmap_mode="r") for name in EACH}
        arrays = {name: np.asarray(array) for name, array in loaded.items()}
        return UserCandidates(**arrays, source=source)
    if (path := files / LIST).is_file():
        return torch.from_numpy(np.load(path))
    return None
