"""JSON text to plain data; a key that stands twice in one object is a fault."""

import json
import os
import re
import shlex
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from seqrec_core.errors import Fault, SpecError
from seqrec_core.reading import limits

__all__ = ["object_of_file", "text_of_file", "value_of_text"]

_STRANGERS = (  # what people write where JSON has something else, and what to do
    (
        r"//.*|/\*.*?(?:\*/|$)|#.*",
        "JSON has no comments: take {text!r} out; a spec in TOML may have them",
    ),
    (r"['\u2018\u2019\u201c\u201d]", 'JSON has text in double quotes: write " for {text}'),
    (r"True\b|False\b", "JSON writes {lower}, not {text}"),
    (r"None\b|undefined\b", "JSON writes null, not {text}"),
    (r"[-+]?(?:NaN|nan|Infinity|inf)\b", "{text} is no number of a spec: write another, or null"),
    (r"[-+]?\.\d|\+\d", "JSON has numbers such as 0.5, -0.5 and 5: write {text!r} so"),
    (r"\\", r"JSON writes \\ for a backslash: double it, or write / in paths"),
    (r"\w+(?=\s*[:=])", 'JSON has keys in double quotes: write "{text}"'),
)
_TOKENS = re.compile(r'"(?:\\.|[^"\\])*"|-?Infinity|NaN')


def text_of_file(path: Path, most: int = limits.MAX_BYTES) -> str:
    """The text of a file in UTF-8, without the byte-order mark; SpecError if it cannot be read.

    A file is one on a disk: pipes, devices and sockets may never end, and are refused unread.
    """
    try:
        data = _bytes_of_file(path, most)
        if len(data) > most:
            raise ValueError(f"it is larger than {most:,} bytes, and no spec is; make it smaller")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        message = f"cannot be read: {cause}; save it as UTF-8"
        raise SpecError([Fault(str(path), message)]) from cause
    except (OSError, ValueError) as cause:
        raise SpecError([Fault(str(path), f"cannot be read: {cause}")]) from cause
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes_of_file(path: Path, most: int) -> bytes:
    """What a file holds, up to a byte more than `most`; opening waits for nobody.

    Raises ValueError for what is no file, OSError for one that cannot be read.
    """
    _check_kind(path.stat())  # first: some devices act on being opened
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        _check_kind(os.fstat(file.fileno()))  # it may be another by now
        return file.read(most + 1) or b""


def _check_kind(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ValueError("it is a folder; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is a pipe, a device or a socket; save what it gives, and name that")


def object_of_file(path: Path, *, strict: bool = True) -> dict[str, Any]:
    """The object that a file holds; if not `strict`, NaN and Infinity are numbers.

    Raises SpecError for a file that cannot be read, is no JSON object or repeats a key.
    """
    text = text_of_file(path)
    constant = _refuse if strict else float
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_constant=constant)
    except json.JSONDecodeError as cause:
        raise SpecError([Fault(str(path), f"is not JSON: {_explained(cause)}")]) from cause
    except _ConstantError as cause:
        tokens = _TOKENS.finditer(text)
        place = next(token.start() for token in tokens if not token[0].startswith('"'))
        message = _explained(json.JSONDecodeError("no number", text, place))
        raise SpecError([Fault(str(path), f"is not JSON: {message}")]) from cause
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(str(path), excess(cause))]) from None
    if not isinstance(data, dict):
        raise SpecError([Fault(str(path), "holds no JSON object; a spec is one")])
    limits.check(data)
    if faults := list(_repeated(data, "")):
        raise SpecError(faults)
    return data


def value_of_text(text: str, path: str) -> Any:
    """The value of an assignment: JSON, or the text itself where it is none.

    `path` is the place in the spec, for faults. Raises SpecError.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as cause:
        if not text.startswith(("[", "{")):
            return text
        message = (
            f"is no JSON: {_explained(cause)}; a shell needs quotes around it: "
            f"--set {shlex.quote(f'{path}=…')}"
        )
        raise SpecError([Fault(path, message)]) from cause
    except (ValueError, RecursionError) as cause:
        raise SpecError([Fault(path, f"cannot be set: it {excess(cause)}")]) from None
    limits.check(value, path)
    if faults := list(_repeated(value, path)):
        raise SpecError(faults)
    return value


def excess(cause: Exception) -> str:
    """What a text holds too much of, by what a parser raised: Python counts depth and digits."""
    return limits.TOO_DEEP if isinstance(cause, RecursionError) else limits.TOO_LONG


class _Object(dict[str, Any]):
    """A JSON object that remembers which keys stood twice."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    json_object = _Object(pairs)
    if len(json_object) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        json_object.repeated = tuple(sorted(key for key, count in counts.items() if count > 1))
    return json_object


def _repeated(node: Any, path: str) -> Iterator[Fault]:
    if isinstance(node, _Object):
        for key in node.repeated:
            where = f"{path}.{key}" if path else key
            yield Fault(where, "stands twice in one object; keep one")
        for key, value in node.items():
            yield from _repeated(value, f"{path}.{key}" if path else key)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _repeated(value, f"{path}[{index}]")


class _ConstantError(ValueError):
    """NaN or Infinity, which Python's JSON knows and JSON does not."""


def _refuse(constant: str) -> NoReturn:
    raise _ConstantError(constant)


def _explained(error: json.JSONDecodeError) -> str:
    """What stands where the text stops being JSON, and the remedy, with line and column."""
    text, place = error.doc, error.pos
    before = text[:place].rstrip()
    if text[place : place + 1] in ("]", "}") and before.endswith(","):
        place = len(before) - 1
    comma = re.compile(r",\s*[\]}]").match(text, place)
    what = "JSON has no comma after the last value: take it out" if comma else error.msg
    if place == len(text):
        what = f"{error.msg}, but the text ends" if text.strip() else "the file is empty"
    for pattern, remedy in () if comma else _STRANGERS:
        if stranger := re.compile(pattern, re.MULTILINE).match(text, place):
            what = remedy.format(text=stranger[0], lower=stranger[0].lower())
            break
    line = text.count("\n", 0, place) + 1
    return f"line {line}, column {place - text.rfind(chr(10), 0, place)}: {what}"
