"""Recommendations over an engine: pieces of users, each written as a part by the one who scores it.

An engine knows nothing of this: see seqrec_library_engines.kind. Reads the bundle and the data here
once, to say what is wrong with them before any process starts.
"""

import os
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from rich.console import Console
from seqrec_library_engines.chosen import engine_of
from seqrec_library_engines.kind import EngineProto

from seqrec_core.bundle import Bundle
from seqrec_core.errors import SeqrecError
from seqrec_core.places import is_remote, local
from seqrec_core.session import DEFAULT, Session
from seqrec_core.terminal import progress_console
from seqrec_tool_run.assembly import Assembly, Candidates
from seqrec_tool_run.candidate_files import read_candidates
from seqrec_tool_run.disk_space import told_when_full
from seqrec_tool_run.predictions import Predictions, choice_of, sample_of
from seqrec_tool_run.recommendations import Without, check_users, joined
from seqrec_tool_run.result_parts import ResultParts, begun
from seqrec_tool_run.scoring_work import Scored, ScoringWork, driver_of, pack, pieces_of
from seqrec_tool_run.user_candidates import UserCandidates, without_candidates

__all__ = ["write_over"]

Place = str | os.PathLike[str]
SECONDS = 5.0  # between two lines of progress


def write_over(
    engine: EngineProto | str,
    path: Path,
    data: Place | None,
    out: Place,
    top_k: int = 10,
    candidates: Path | None = None,
    keep_seen: bool = False,
    session: Session = DEFAULT,
    trust: bool = False,
    console: Console | None = None,
) -> Predictions:
    """Writes what `write_predictions` does as a folder of parts, in the order of the users.

    `out` is a path that all processes see, or a URI. An earlier result there is replaced when this
    one is whole. Raises SeqrecError where the engine fails, DataError for what the data lacks.
    """
    if os.fspath(out).lower().endswith(".csv"):
        raise SeqrecError(f"{out}: an engine writes a folder of parquet files; name a folder")
    engine = engine_of(engine, session=session) if isinstance(engine, str) else engine
    bundle, assembly = Assembly.of_bundle(
        path, None if data is None else local(data), session, trust
    )
    request = _Request.of(bundle, assembly, candidates)
    pieces = pieces_of(assembly)
    with (
        told_when_full(Path(out), "free some and predict again"),
        tempfile.TemporaryDirectory(prefix="seqrec-") as shipped,
        begun(out) as parts,
    ):
        pack(bundle.path, request.candidates, Path(shipped))
        work = ScoringWork(
            data=_data_of(bundle, assembly, data),
            parts=parts,
            top_k=top_k,
            keep_seen=keep_seen,
            trust=trust,
            allowed=_allowed(session),
            source=request.source,
            driver=driver_of(session),
        )
        progress = _Progress(len(pieces), console or progress_console())
        scored: dict[int, Scored] = {}
        with closing(_answers(engine, work, pieces, Path(shipped))) as answers:
            for number, answer in answers:
                scored[number] = answer
                progress.add(answer)
        ordered = [scored[number] for number in range(len(pieces))]
        notices = request.notices(top_k, ordered)
        sample = _sample(parts, ordered)
        parts.commit([each.part for each in ordered], progress.rows)
    return Predictions(progress.rows, tuple(notices), sample)


@attrs.frozen
class _Request:
    """Whom to recommend what, as the bundle, the data and a file of candidates say it."""

    assembly: Assembly
    items: int
    candidates: Candidates | None

    @classmethod
    def of(cls, bundle: Bundle, assembly: Assembly, candidates: Path | None) -> "_Request":
        items, users = assembly.item_ids(bundle), assembly.vocabularies.users
        scored = None if candidates is None else read_candidates(candidates, items, users)
        return cls(assembly, len(items), scored)

    @property
    def source(self) -> Path | None:
        """The file that names candidates of each user."""
        return self.candidates.source if isinstance(self.candidates, UserCandidates) else None

    def notices(self, top_k: int, scored: Sequence[Scored]) -> list[str]:
        """What to tell a person; DataError for users that are there twice, or have nothing."""
        names, queries = self.assembly.user_ids(), [each.users for each in scored]
        check_users(queries, names, self.assembly.query_column)
        lines = []
        if isinstance(self.candidates, UserCandidates):
            users = np.unique(joined(queries))
            if without := without_candidates(self.candidates, users, "predict", names):
                lines.append(f"{without}; nothing is recommended to them")
        one_list = None if isinstance(self.candidates, UserCandidates) else self.candidates
        lines += choice_of(top_k, self.items if one_list is None else len(one_list))
        lines += sum((each.without for each in scored), Without()).lines()
        if not any(each.rows for each in scored):
            users_seen = sum(map(len, queries))
            lines.append(f"nothing is recommended: the split predict has {users_seen:,} users")
        return lines


@attrs.define
class _Progress:
    """A line now and then: pieces, users, and users a second."""

    pieces: int
    console: Console
    done: int = 0
    users: int = 0
    rows: int = 0
    begin: float = attrs.field(factory=time.monotonic)
    last: float = attrs.field(factory=time.monotonic)

    def add(self, scored: Scored) -> None:
        """Counts a piece."""
        self.done += 1
        self.users += len(scored.users)
        self.rows += scored.rows
        now = time.monotonic()
        if now - self.last >= SECONDS or self.done == self.pieces:
            self.last = now
            rate = self.users / max(now - self.begin, 1e-9)
            self.console.print(
                f"{self.done:,} of {self.pieces:,} pieces, {self.users:,} users, {rate:,.0f} a "
                "second",
                highlight=False,
            )


def _answers(
    engine: EngineProto, work: ScoringWork, pieces: Sequence[Any], files: Path
) -> Generator[tuple[int, Scored]]:
    """What an engine answers; SeqrecError where it leaves a piece out, or answers one twice."""
    left = set(range(len(pieces)))
    for number, answer in engine.map(work, pieces, files):
        if number not in left:
            raise SeqrecError(f"{engine!r} answers piece {number} twice, or has made it up")
        left.remove(number)
        yield number, answer
    if left:
        raise SeqrecError(f"{engine!r} answers {len(left):,} of {len(pieces):,} pieces not at all")


def _data_of(bundle: Bundle, assembly: Assembly, data: Place | None) -> str:
    """The path or URI of the data, as any process finds it."""
    named = (bundle.lock.get("data") or {}).get("folder", "") if data is None else os.fspath(data)
    if is_remote(named):
        return str(named)
    assert assembly.recipe.data is not None
    return os.path.abspath(assembly.recipe.data.folder)


def _sample(parts: ResultParts, scored: Sequence[Scored]) -> Any:
    """The first users that have recommendations."""
    chosen = next((each for each in scored if each.rows), scored[0])
    with parts.opened(chosen.part) as source:
        return sample_of(source)


def _allowed(session: Session) -> tuple[str, ...]:
    """The distributions of the allow list, none where there is no such list."""
    names = {point.distribution for point in session.registry.points}
    allowed = sorted(name for name in names if session.registry.is_allowed(name))
    return () if len(allowed) == len(names) else tuple(allowed)
