"""How large a spec may be, and what no spec holds: reading ends soon, whatever it is given."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn

from seqrec_core.errors import Fault, SpecError
from seqrec_core.printable import shortened

MAX_BYTES = 10_000_000  # of a file, and of all that it extends
MAX_TYPED_BYTES = 1_000_000  # of TOML and YAML, whose readers take a second for as much
MAX_YAML_VALUES = 20_000  # likewise
MAX_FILES = 20  # that extend each other
MAX_DEPTH = 100
MAX_ENTRIES = 100_000  # of one list or object
MAX_VALUES = 1_000_000  # in all
MAX_KEY = 250  # characters
MAX_DIGITS = 100
MAX_WORDS = 1_000  # assignments of a command line
MAX_WORD = 100_000  # characters of one

TOO_DEEP = f"is nested deeper than {MAX_DEPTH}, or holds itself: no spec does; flatten it"
TOO_LONG = f"holds a number of more than {MAX_DIGITS} digits: no spec has one; write a smaller one"
_BITS = (10**MAX_DIGITS).bit_length()
_UNFIT = re.compile("[\0\ud800-\udfff]")  # no file could hold the half of a surrogate pair


def check(data: Any, path: str = "") -> None:
    """Raises SpecError for plain data that is too large, and for texts and numbers of no spec.

    `path` is the place of the data in its spec.
    """
    walk = _Walk()
    walk.value(data, path, 0)
    if walk.faults:
        raise SpecError(walk.faults)


class _Walk:
    """Visits every value once a place; stops where there are too many."""

    def __init__(self) -> None:
        self.count = 0
        self.faults: list[Fault] = []

    def value(self, value: Any, path: str, depth: int) -> None:
        if isinstance(value, str):
            if not value.isprintable() and (unfit := _UNFIT.search(value)):
                self.faults.append(Fault(path, _unfit(unfit[0])))
        elif isinstance(value, int):
            if value.bit_length() > _BITS:
                self.faults.append(Fault(path, TOO_LONG))
        elif isinstance(value, list | tuple):
            self.enter(value, path, depth)
            for index, item in enumerate(value):
                self.value(item, f"{path}[{index}]", depth + 1)
        elif isinstance(value, dict | Mapping):
            self.enter(value, path, depth)
            for key, item in value.items():
                self.value(item, self.below(path, key), depth + 1)

    def enter(self, node: Any, path: str, depth: int) -> None:
        """Counts what an object or a list holds."""
        self.count += len(node)
        if depth >= MAX_DEPTH:
            _refuse(path, TOO_DEEP)
        if len(node) > MAX_ENTRIES:
            _refuse(path, f"has {len(node):,} entries: a spec has up to {MAX_ENTRIES:,} in one")
        if self.count > MAX_VALUES:
            _refuse("", f"has more than {MAX_VALUES:,} values: no spec does; make it smaller")

    def below(self, path: str, key: Any) -> str:
        """The path of a key."""
        if not isinstance(key, str):  # which reading refuses
            return path
        if len(key) > MAX_KEY:
            _refuse(path, f"has a key of {len(key):,} characters: give it up to {MAX_KEY}")
        if not key.isprintable() and (unfit := _UNFIT.search(key)):
            self.faults.append(Fault(path, f"the key {key!r}: {_unfit(unfit[0])}"))
        return f"{path}.{key}" if path else key


def _unfit(character: str) -> str:
    return f"has the character {character!r}, which no text of a spec has: take it out"


def _refuse(path: str, message: str) -> NoReturn:
    raise SpecError([Fault(shortened(path, 400), message)])
