"""The engine that a command line names, with its fields."""

from collections.abc import Iterable
from typing import Any

from seqrec_core.build import Runtime, build_part
from seqrec_core.errors import Fault, SpecError
from seqrec_core.reading.json_text import value_of_text
from seqrec_core.schema import TensorSchema
from seqrec_core.session import DEFAULT, Session, read
from seqrec_library_engines.kind import EngineSpec

__all__ = ["PLACE", "engine_of"]

PLACE = "engine"


def engine_of(name: str, assignments: Iterable[str] = (), session: Session = DEFAULT) -> Any:
    """The engine of a name, short or canonical; `engine.processes=4` sets a field of it.

    Raises SpecError for fields that it lacks or cannot have, and for paths that lead elsewhere, a
    RegistryError where there is no such engine.
    """
    data: dict[str, Any] = {"type": name}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        place, _, keys = path.partition(".")
        if not equals or place != PLACE or not keys or "" in keys.split("."):
            message = f"expected {PLACE}.FIELD=VALUE, a field of the engine, got {assignment!r}"
            raise SpecError([Fault("--set", message)])
        node, (*parents, last) = data, keys.split(".")
        for key in parents:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise SpecError([Fault(path, f"cannot be set: {key!r} holds a plain value")])
        node[last] = value_of_text(text, path)
    session.registry[PLACE, name]  # one that is not there says what is
    spec = read(data, EngineSpec, PLACE, session)
    return build_part(spec, Runtime(TensorSchema([]), session=session), PLACE)
