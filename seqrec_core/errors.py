"""Everything seqrec raises for its users, in one tree.

SeqrecError
├── SpecError                  a spec has faults; all of them are listed, each with its path
├── RegistryError              a component cannot be used
│   ├── UnknownComponentError      no distribution, installed or known, declares the name
│   ├── NotInstalledError          a known distribution declares it, but is not installed
│   ├── BrokenPluginError          the distribution is installed, its import fails
│   ├── IncompatiblePluginError    the distribution was made for another core version
│   ├── AmbiguousNameError         the name is declared several times
│   └── ForbiddenPluginError       the allow list leaves the distribution out
├── BuildError                 a resolved spec could not be turned into objects
├── PluginFaultError           a component's code raised something of its own while it was used
├── BundleError                a bundle is incomplete or does not fit what is installed
├── HookError                  a hook plugin failed or clashes with another
└── DataError                  a data file is not what it should be; names file, column, row
"""

from collections.abc import Sequence
from typing import Any

import attrs

from seqrec_core.printable import printable, shortened

__all__ = [
    "AmbiguousNameError",
    "BrokenPluginError",
    "BuildError",
    "BundleError",
    "DataError",
    "Fault",
    "ForbiddenPluginError",
    "HookError",
    "IncompatiblePluginError",
    "NotInstalledError",
    "PluginFaultError",
    "RegistryError",
    "SeqrecError",
    "SpecError",
    "UnknownComponentError",
    "words_of",
]

_FAULT, _FAULTS, _ROOM = 800, 20, 1_900  # characters of a message; faults in one error, and of all


def words_of(error: BaseException) -> str:
    """The type of an exception and what it says, even where that raises another."""
    try:
        said = str(error).strip()
    except Exception:
        said = ""
    return f"{type(error).__name__}: {said}".removesuffix(": ")


class SeqrecError(Exception):
    """Root of the tree; the command line prints its message and exits with code 2.

    The message is short and can be printed, whatever it quotes.
    """

    def __str__(self) -> str:
        return shortened(printable(super().__str__()))


@attrs.frozen
class Fault:
    """One mistake in a spec: where it is, and what is wrong and what to do about it.

    `cause` is what a component raised, where that is the mistake.
    """

    path: str
    message: str
    cause: Exception | None = attrs.field(default=None, eq=False, repr=False)

    def __str__(self) -> str:
        path = shortened(self.path or "spec", _FAULT // 2)
        return f"{path!r}"[1:-1] + f": {shortened(self.message, _FAULT)}"


class SpecError(SeqrecError):
    """A spec has faults; `faults` lists them all, each once, in the order of the spec.

    The message has the first of them, and says how many more there are.
    """

    def __init__(self, faults: Sequence[Fault]):
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__("\n".join(_listed(self.faults)))
        self.__cause__ = next((fault.cause for fault in faults if fault.cause), None)

    def __reduce__(self) -> tuple[Any, ...]:  # by pickle it comes from another process
        return type(self), ([attrs.evolve(fault, cause=None) for fault in self.faults],)


def _listed(faults: Sequence[Fault]) -> list[str]:
    """A line for each of the first faults, as many as one reads, and one for the rest."""
    lines: list[str] = []
    for fault in faults[:_FAULTS]:
        line = printable(str(fault))
        if lines and sum(map(len, lines)) + len(line) > _ROOM:
            break
        lines.append(line)
    rest = len(faults) - len(lines)
    return [*lines, f"… and {rest:,} more"] if rest else lines


class RegistryError(SeqrecError):
    """A component cannot be used."""


class UnknownComponentError(RegistryError):
    """No distribution, installed or known, declares the name."""


class NotInstalledError(RegistryError):
    """A known distribution declares the name, but it is not installed."""


class BrokenPluginError(RegistryError):
    """The distribution is installed, but importing its spec or its target fails."""


class IncompatiblePluginError(RegistryError):
    """The distribution asks for another version of the core."""


class AmbiguousNameError(RegistryError):
    """Several installed distributions declare the name, or one declares it several times."""


class ForbiddenPluginError(RegistryError):
    """The allow list leaves the distribution out."""


class BuildError(SeqrecError):
    """A resolved spec could not be turned into objects."""


class PluginFaultError(SeqrecError):
    """A component's code raised what is no error of seqrec; one sentence, the cause chained."""


class BundleError(SeqrecError):
    """A bundle is incomplete, or does not fit what is installed."""


class HookError(SeqrecError):
    """A hook plugin failed, or two of them clash."""


class DataError(SeqrecError):
    """A data file is not what it should be; the message names file, column and row."""
