"""What is known but not installed: components, commands, and the distributions they come with.

Anybody tells by an entry point of the group `seqrec.known`, whose value is a package that holds
known.json: `{"components": {"loss": {"ce": "seqrec-loss-ce"}}, "commands": {"fit": "…"}}`. That
beside this module is the core's; `nox -s known` writes it.
"""

import importlib.util
import json
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from seqrec_core.errors import words_of
from seqrec_core.printable import printable
from seqrec_core.registry.installed import KNOWN, Point
from seqrec_core.trust import is_name

COMMAND = "commands"  # stands for the kind in the rows of commands: no kind has that name

UNKNOWN = (
    "the spec says that it comes with {!r}, which no table of known plugins has: find out who "
    "wrote it, and install it if you trust them"
)

Known = dict[tuple[str, str], list[str]]


def known_of(points: Iterable[Point]) -> Known:
    """The distributions of each component, by kind and name, and of each command.

    A file that cannot be read is left out with a warning.
    """
    table: Known = defaultdict(list)
    for point in points:
        if point.group == KNOWN:
            try:
                rows = list(_rows(point.module))
            except Exception as cause:
                message = (
                    f"{point.distribution} declares what is known in {point.module}, whose "
                    f"known.json cannot be read: {words_of(cause)}"
                )
                warnings.warn(message, RuntimeWarning, stacklevel=2)
                continue
            for key, owner in rows:
                table[key].append(owner)
    return dict(table)


def _rows(package: str) -> Iterator[tuple[tuple[str, str], str]]:
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise ModuleNotFoundError(f"no package {package}")
    data = json.loads(Path(folders[0], "known.json").read_text(encoding="utf-8"))
    for kind, names in (*data.get("components", {}).items(), (COMMAND, data.get("commands", {}))):
        yield from (((kind, name), str(owner)) for name, owner in names.items())


def come_with(owners: Iterable[str]) -> str:
    """What to install, in words: for distributions that a table of what is known names.

    A line for a shell is given for these alone, as far as their names are names: never for what
    only the text of a spec says, since anybody may write that, and upload what is called so.
    """
    names = sorted(set(owners))
    lines = " or ".join(f"pip install {name}" for name in names if is_name(name))
    return f"it comes with {' or '.join(map(printable, names))}" + (f": {lines}" if lines else "")
