"""YAML text to plain data such as JSON has; YAML is only read, never written.

Plain words mean what YAML 1.2 says: `yes`, `on` and `1:30` are text, `1e-3` is a number. What
readers of YAML differ over, or what hides where a value comes from, is refused with its place.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqrec_core.errors import Fault, SpecError
from seqrec_core.reading import limits
from seqrec_core.reading.json_text import text_of_file

if TYPE_CHECKING:
    import yaml

_WORDS = {"": None, "~": None, "true": True, "false": False, "null": None}
_WORDS |= {spelt: value for word, value in _WORDS.items() for spelt in (word.title(), word.upper())}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_REMEDIES = {  # by the words of the parser
    r"'\\t'": "indent with spaces",
    r"character '[@`%]'|expected alphabetic": "put the text in quotes",
    r"unknown escape": "double the backslash, or use single quotes",
    r"mapping values|expected <block end>|sequence entries": "give keys of one mapping the same "
    "indent, and put text with signs in quotes",
}


def mapping_of_file(path: Path) -> dict[str, Any]:
    """The mapping that a file holds.

    Raises SpecError for a file that cannot be read, where PyYAML is missing, and for what is no
    YAML or has what a spec lacks.
    """
    text = text_of_file(path, limits.MAX_TYPED_BYTES)
    try:
        import yaml
    except ImportError as cause:
        message = 'cannot be read without PyYAML: pip install "seqrec-core[yaml]"'
        raise SpecError([Fault(str(path), message)]) from cause
    try:
        data = _Text(path, yaml.parse(text, yaml.SafeLoader)).mapping()
    except yaml.MarkedYAMLError as cause:
        place = _place(cause.problem_mark or cause.context_mark)
        message = f"is not YAML: {place}{cause.problem}{_remedy(str(cause.problem))}"
        raise SpecError([Fault(str(path), message)]) from cause
    except (yaml.YAMLError, ValueError, OverflowError) as cause:  # control characters, "\Uffffffff"
        message = f"is not YAML: {' '.join(str(cause).split())}"
        raise SpecError([Fault(str(path), message)]) from cause
    limits.check(data)
    return data


class _Text:
    """Builds plain data of the parser's events, and gathers faults."""

    def __init__(self, path: Path, events: "Iterator[yaml.Event]") -> None:
        self.path = path
        self.events = events
        self.count = 0
        self.faults: list[Fault] = []

    def mapping(self) -> dict[str, Any]:
        """The one mapping of a file."""
        import yaml

        data: Any = None
        starts = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                starts += 1
                if starts > 1:
                    self.fault(event, "a second document: a file holds one spec; take '---' out")
                    break
                if event.version not in (None, (1, 2)):
                    self.fault(event, "specs are read as YAML 1.2: take the line %YAML out")
            elif isinstance(event, yaml.NodeEvent):
                data = self.node(event, 0)
        if not isinstance(data, dict) and not self.faults:
            what = "holds no mapping, as a spec is; write `key: value`, with a space"
            self.faults.append(Fault(str(self.path), what if starts else "the file is empty"))
        if self.faults:
            raise SpecError(self.faults)
        return dict(data)

    def node(self, event: Any, depth: int) -> Any:
        """The value that begins with an event, as far as there is one."""
        import yaml

        self.count += 1
        if self.count > limits.MAX_YAML_VALUES:
            most = f"{limits.MAX_YAML_VALUES:,}"
            self.fault(event, f"here are more than {most} values: write so large a spec in JSON")
            raise SpecError(self.faults)
        if isinstance(event, yaml.AliasEvent):
            self.fault(event, f"*{event.anchor} is a reference: write the value out, or quote text")
            return None
        if event.anchor:
            self.fault(event, f"&{event.anchor} is an anchor: take it out, and repeat the value")
        if event.tag:
            self.fault(event, f"{event.tag} is a tag: take it out, or quote text")
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else self.plain(event)
        if depth == limits.MAX_DEPTH:
            self.fault(event, limits.TOO_DEEP)
            raise SpecError(self.faults)
        if isinstance(event, yaml.MappingStartEvent):
            return self.object(depth + 1)
        return [self.node(item, depth + 1) for item in self.inner()]

    def inner(self) -> "Iterator[yaml.Event]":
        """The first event of each value, up to the end of the collection that has begun."""
        import yaml

        for event in self.events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def object(self, depth: int) -> dict[str, Any]:
        """The keys and values of the mapping that has begun."""
        import yaml

        data: dict[str, Any] = {}
        for event in self.inner():
            key = self.node(event, depth)
            value = self.node(next(self.events), depth)
            is_merge = isinstance(event, yaml.ScalarEvent) and key == "<<" and not event.style
            if is_merge:
                self.fault(event, "<< merges mappings: write the values out, or use `extends`")
            elif not isinstance(key, str):
                shown = event.value if isinstance(event, yaml.ScalarEvent) else key
                self.fault(event, f"the key {shown!r} is no text: put it in quotes")
            elif key in data:
                self.fault(event, f"{key!r} stands twice in one mapping; keep one")
            else:
                data[key] = value
        return data

    def plain(self, event: Any) -> Any:
        """What text without quotes means."""
        text: str = event.value
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > 2 * limits.MAX_DIGITS and _INTEGER.fullmatch(text):
            return self.fault(event, limits.TOO_LONG)
        if _LEADING_ZERO.fullmatch(text):
            remedy = f'write {int(text)}, or "{text}" in quotes for text'
            return self.fault(event, f"{text} is an octal number to some: {remedy}")
        if _INTEGER.fullmatch(text):
            return int(text, 0)
        number = float(text) if _FLOAT.fullmatch(text) else None
        if _NO_NUMBER.fullmatch(text) or (number is not None and not math.isfinite(number)):
            return self.fault(event, f"{text} is no number of a spec; write another, or null")
        return text if number is None else number

    def fault(self, event: Any, message: str) -> None:
        """Notes a fault at the place of an event."""
        self.faults.append(Fault(str(self.path), f"{_place(event.start_mark)}{message}"))


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


def _remedy(problem: str) -> str:
    return next((f"; {words}" for sign, words in _REMEDIES.items() if re.search(sign, problem)), "")
