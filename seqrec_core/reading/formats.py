"""Whole documents of older formats, in the words of the installed one."""

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from seqrec_core.errors import Fault, RegistryError, SpecError, words_of
from seqrec_core.reading.format_1 import from_format_1
from seqrec_core.registry.installed import GROUP, MIGRATIONS
from seqrec_core.registry.registry import Registry
from seqrec_core.spec.recipe import FORMAT

Migration = Callable[[dict[str, Any]], dict[str, Any]]
_NUMBER = "seqrec"


def of_this_format(
    document: dict[str, Any], registry: Registry | None, below: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The document as the installed format writes it; the one that is given stays as it is.

    One that says no format is of format 1. Its own migration comes first, then those of the
    distributions whose components it names, or the document `below` that it extends, by name;
    without a registry nobody's else. A format that is none is left to reading.
    Raises SpecError for a newer format, and for a migration that fails.
    """
    written = document.get(_NUMBER, 1)
    if not isinstance(written, int) or isinstance(written, bool) or written < 1:
        return document
    if written > FORMAT:
        message = f"is format {written}, and the installed core reads up to {FORMAT}"
        raise SpecError([Fault(_NUMBER, f"{message}: pip install --upgrade seqrec-core")])
    names = {*_texts(document), *_texts(below)}
    for number in range(written, FORMAT):
        for origin, migration in _migrations(number, names, registry, below):
            try:
                document = dict(migration(copy.deepcopy(document)))
            except SpecError:
                raise
            except Exception as cause:
                message = f"format {number} cannot be read: the migration of {origin} failed with "
                raise SpecError([Fault(_NUMBER, f"{message}{words_of(cause)}", cause)]) from cause
        document = {_NUMBER: number + 1, **without(document, _NUMBER)}
    return document


def without(document: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The document but for these keys."""
    return {key: value for key, value in document.items() if key not in keys}


def _migrations(
    number: int,
    names: Collection[str],
    registry: Registry | None,
    below: Mapping[str, Any] | None,
) -> Iterator[tuple[str, Migration]]:
    """Migrations from a format, with the distributions that they are of: those that are named."""
    yield "the core", partial(_OURS[number], below=below, registry=registry)
    if registry is None:
        return
    owners = {
        point.distribution
        for point in registry.points
        if point.group.startswith(GROUP)
        and registry.is_allowed(point.distribution)
        and not {point.name, f"{point.distribution}:{point.name}"}.isdisjoint(names)
    }
    for point in sorted(registry.points, key=lambda point: point.distribution):
        if (point.group, point.name) == (MIGRATIONS, str(number)) and point.distribution in owners:
            try:
                migration = point.load_as(f"the migration from format {number}")
            except RegistryError as error:
                raise SpecError([Fault(_NUMBER, str(error))]) from error
            yield f"{point.distribution} {point.version}", partial(migration, registry=registry)


def _texts(data: Any) -> Iterator[str]:
    """Every text in plain data, however deep, that may be a component's name."""
    nodes = [data]
    while nodes:
        node = nodes.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, Mapping | list | tuple):
            nodes += node.values() if isinstance(node, Mapping) else node


_OURS: dict[int, Callable[..., dict[str, Any]]] = {1: from_format_1}
