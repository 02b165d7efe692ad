"""Text of unknown origin as a person may see it: nothing in it commands a terminal.

Specs, locks, data and the metadata of distributions may hold any character. An escape sequence
moves the cursor or sets the title of a window, and a change of direction shows other text than
stands there; whatever is no plain text is therefore printed as Python writes it, such as `\\x1b`.
"""

import json
import os
import re
import sys
from collections.abc import Callable

__all__ = [
    "copies", "echo", "names", "printable", "printable_json", "shortened", "without_secrets",
]  # fmt: skip

copies: list[Callable[[str], None]] = []  # who else takes what is printed, such as a log file
names: dict[str, str] = {}  # paths that nobody knows, and what to print for them

# Every control (Cc) but line feed and tab, every format character (Cf) but the two joiners, which
# Persian, Hindi and emoji need, every half of a surrogate pair, and the separators of lines.
_STRANGE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b"
    "\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_SECRET = re.compile(r"(?<=://)(?:[^/@\s]+|[^/@\s:]*:[^\s'\"]*)@|\?[^\s'\"]+")


def printable(text: str) -> str:
    """The text with every control, invisible or direction-changing character as its escape.

    Copies of what is elsewhere have their `names`.
    """
    for path, name in names.items():
        text = text.replace(path, name)
    return text if text.isprintable() else _STRANGE.sub(_escape, text)


def printable_json(text: str) -> str:
    """JSON that means the same, with such characters as JSON escapes them."""
    return text if text.isprintable() else _STRANGE.sub(lambda m: json.dumps(m[0])[1:-1], text)


def without_secrets(text: str | os.PathLike[str]) -> str:
    """A path or URI, or what an error says of one, without passwords and signatures."""
    return _SECRET.sub(lambda match: "?…" if match[0][0] == "?" else "…@", os.fspath(text))


def shortened(text: str, most: int = 2_000) -> str:
    """The text, its middle left out where it is longer than `most`."""
    half = most // 2 - 20
    if len(text) <= most:
        return text
    return f"{text[:half]} … {len(text) - 2 * half:,} characters … {text[-half:]}"


def echo(text: object, *, error: bool = False) -> None:
    """Prints a message to the output, or the error output, without what commands a terminal."""
    line = printable(str(text))
    print(line, file=sys.stderr if error else sys.stdout)
    for copy in copies:
        copy(line)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return f"\\U{code:08x}"
