"""What prepares data: the code of this package, or an engine of another."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from seqrec_core.errors import DataError, SeqrecError
from seqrec_core.session import DEFAULT, Session

__all__ = ["HERE", "preparer_of"]

HERE = "polars"
"""The name of the engine that is this package."""

_Preparer = Callable[[Mapping[str, Any], set[str]], dict[str, Any]]


def preparer_of(
    name: str, assignments: Sequence[str] = (), session: Session = DEFAULT
) -> _Preparer:
    """What writes a data folder, with options and the names of those that are no defaults.

    `assignments` are fields of the engine, such as `engine.master=local[4]`. Raises DataError for
    an engine that prepares no data, which names those that do.
    """
    if name == HERE:
        if assignments:
            raise DataError(
                f"--set {assignments[0]}: {HERE} has no fields; leave it out, or name another "
                "--engine"
            )
        from seqrec_tool_prepare.preparation import write_data_folder

        return write_data_folder
    from seqrec_library_engines.chosen import PLACE, engine_of
    from seqrec_library_engines.kind import PreparesData

    engine = engine_of(name, assignments, session)
    if isinstance(engine, PreparesData):
        return engine.prepare
    able = [HERE]
    for component in session.registry:
        with suppress(SeqrecError):  # one that cannot be had by its name alone
            if component.kind == PLACE and isinstance(
                engine_of(component.name, (), session), PreparesData
            ):
                able.append(component.name)
    raise DataError(f"--engine {name} prepares no data; choose one that does: {', '.join(able)}")
