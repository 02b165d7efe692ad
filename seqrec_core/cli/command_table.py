"""The commands that distributions declare, found in metadata and imported one at a time.

A command is an entry point of the group `seqrec.commands`, named as it is typed (`fit`, `data
prepare`); its value is a function whose annotations are typer's. The group `seqrec.groups` has the
help of the words that stand before others, such as `data`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import attrs

from seqrec_core.errors import (
    AmbiguousNameError,
    BrokenPluginError,
    ForbiddenPluginError,
    IncompatiblePluginError,
    NotInstalledError,
    RegistryError,
)
from seqrec_core.registry import known
from seqrec_core.registry.installed import COMMAND_GROUPS, COMMANDS, CORE, Point, core_version
from seqrec_core.registry.registry import Registry

__all__ = ["Commands", "Words"]

Words = tuple[str, ...]


@attrs.frozen(eq=False, slots=False)
class Commands:
    """Every command by its words, and the groups that they stand in."""

    registry: Registry

    @cached_property
    def _points(self) -> dict[Words, list[Point]]:
        return _by_words(point for point in self.registry.points if point.group == COMMANDS)

    @cached_property
    def _helps(self) -> dict[Words, list[Point]]:
        return _by_words(point for point in self.registry.points if point.group == COMMAND_GROUPS)

    def names(self, group: Words) -> list[str]:
        """The next words that may follow those of a group, in order."""
        deeper = (words for words in self._points if words[: len(group)] == group)
        return sorted({words[len(group)] for words in deeper if len(words) > len(group)})

    def has(self, words: Words) -> bool:
        """Whether a distribution declares this very command."""
        return words in self._points

    def help_of(self, group: Words) -> str:
        """What the distribution that declares a group says of it; nothing if it does not load."""
        for point in self._helps.get(group, ()):
            try:
                return str(point.load())
            except (Exception, SystemExit):
                continue
        return ""

    def function(self, words: Words) -> Callable[..., Any]:
        """The function of a command; imports its module.

        Raises AmbiguousNameError where two distributions clash, ForbiddenPluginError for one that
        the allow list leaves out, IncompatiblePluginError for one made for another core,
        BrokenPluginError with the cause, NotInstalledError for one of ours that is not there.
        """
        command = " ".join(words)
        if not self.has(words):
            raise _missing(words)
        if clash := self.clash(words):
            raise AmbiguousNameError(f"the command {command!r} {clash}; uninstall one of them")
        [point] = self._points[words]
        if point.distribution != CORE and not self.registry.is_allowed(point.distribution):
            raise ForbiddenPluginError(
                f"the command {command!r} comes from {point.distribution}, which the allow list "
                f"leaves out; allow it too, by --allow-dist {point.distribution}"
            )
        return _loaded(command, point)

    def clash(self, words: Words) -> str:
        """Who declares a command, where several do or another goes on from it; else nothing."""
        rivals = [
            point
            for others, points in self._points.items()
            if others[: len(words)] == words
            for point in points
        ]
        owners = " and by ".join(f"{p.distribution} ({' '.join(_words(p))})" for p in rivals)
        return f"is declared by {owners}" if len(rivals) > 1 else ""

    def __iter__(self) -> Iterator[Words]:
        """The words of every command."""
        return iter(self._points)

    def is_known(self, words: Words) -> bool:
        """Whether a distribution of ours has this command, or one that begins so."""
        return bool(_known_owners(words))


def _missing(words: Words) -> RegistryError:
    owners = " ".join(_known_owners(words))
    return NotInstalledError(
        f"the command {' '.join(words)!r} is not installed; it comes with {owners}: "
        f"pip install {owners}"
    )


def _known_owners(words: Words) -> list[str]:
    """The distributions of ours with commands that begin with these words."""
    return sorted(
        {
            owner
            for command, owner in known.COMMANDS.items()
            if tuple(command.split())[: len(words)] == words
        }
    )


def _words(point: Point) -> Words:
    return tuple(point.name.split())


def _by_words(points: Iterable[Point]) -> dict[Words, list[Point]]:
    table: dict[Words, list[Point]] = defaultdict(list)
    for point in points:
        table[_words(point)].append(point)
    return dict(table)


def _loaded(command: str, point: Point) -> Callable[..., Any]:
    if not point.is_compatible:
        raise IncompatiblePluginError(
            f"the command {command!r} of {point.distribution} {point.version} asks for "
            f"{CORE}{point.core_range}; installed is {CORE} {core_version()}. Install a version of "
            f"{point.distribution} made for it"
        )
    try:
        function: Callable[..., Any] = point.load()
    except (Exception, SystemExit) as cause:
        raise BrokenPluginError(
            f"the command {command!r} of {point.distribution} {point.version} does not load: "
            f"{type(cause).__name__}: {cause}. Reinstall or remove {point.distribution}"
        ) from cause
    if not callable(function):
        raise BrokenPluginError(
            f"the command {command!r} of {point.distribution}: {point.value} is no function; "
            "name one in its entry point, and install it again"
        )
    return function
