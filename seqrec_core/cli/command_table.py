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
    NotInstalledError,
)
from seqrec_core.registry.installed import COMMAND_GROUPS, COMMANDS, Point, clash
from seqrec_core.registry.known import COMMAND, come_with
from seqrec_core.registry.registry import Registry

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
            remedy = come_with(self._known_owners(words))
            raise NotInstalledError(f"the command {command!r} is not installed; {remedy}")
        if rivalry := self.clash(words):
            raise AmbiguousNameError(f"the command {command!r} {rivalry}")
        [point] = self._points[words]
        if not self.registry.is_allowed(point.distribution):
            raise ForbiddenPluginError(
                f"the command {command!r} comes from {point.distribution}, which the allow list "
                f"leaves out; allow it too, by --allow-dist {point.distribution}"
            )
        function: Callable[..., Any] = point.load_as(f"the command {command!r}")
        if not callable(function):
            raise BrokenPluginError(
                f"the command {command!r} of {point.distribution}: {point.value} is no function; "
                "name one in its entry point, and install it again"
            )
        return function

    def clash(self, words: Words) -> str:
        """Who declares a command, where several do or another goes on from it, and the remedy."""
        rivals = [
            point
            for others, points in self._points.items()
            if others[: len(words)] == words
            for point in points
        ]
        return clash(rivals) if len(rivals) > 1 else ""

    def __iter__(self) -> Iterator[Words]:
        """The words of every command."""
        return iter(self._points)

    def is_known(self, words: Words) -> bool:
        """Whether a distribution that is known of has this command, or one that begins so."""
        return bool(self._known_owners(words))

    def _known_owners(self, words: Words) -> list[str]:
        """The distributions that are known to have commands which begin with these words."""
        return [
            owner
            for (kind, name), owners in self.registry.known.items()
            if kind == COMMAND and tuple(name.split())[: len(words)] == words
            for owner in owners
        ]


def _words(point: Point) -> Words:
    return tuple(point.name.split())


def _by_words(points: Iterable[Point]) -> dict[Words, list[Point]]:
    table: dict[Words, list[Point]] = defaultdict(list)
    for point in points:
        table[_words(point)].append(point)
    return dict(table)
