"""What stands between the fields of a line of text."""

import re

import attrs
import polars as pl

from seqrec_core.errors import DataError
from seqrec_tool_prepare.header import Header

__all__ = ["MARKS", "Separator"]

MARKS = (",", ";", "|", "\t")
"""What is looked for where nothing is said."""
_WORDS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_SPACES = ("space", " ")


@attrs.frozen
class Separator:
    """`text` between two fields; None stands for spaces and tabs, however many."""

    text: str | None

    @classmethod
    def of(cls, option: str) -> "Separator":
        """The value of --separator; DataError for one that can separate nothing."""
        if option in _SPACES:
            return cls(None)
        text = _WORDS.get(option, option)
        text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda code: chr(int(code[1], 16)), text)
        if not text or set(text) & set('"\r\n'):
            raise DataError(
                f"--separator {option!r} separates nothing; give the characters between two "
                "fields, or tab, or space"
            )
        return cls(text)

    @classmethod
    def likely(cls, line: str, *, alone: bool) -> "Separator":
        """The mark that a line has most of, or else a comma; a space if these stand `alone`."""
        mark = max(MARKS, key=line.count)
        if "::" in line and (mark == "|" or not line.count(mark)):
            return cls("::")
        spaces = alone and not line.count(mark) and len(line.split()) > 1
        return cls(None if spaces else mark)

    @property
    def mark(self) -> str | None:
        """The one byte between fields, None where it takes more to find their ends."""
        return self.text if self.text is not None and len(self.text.encode()) == 1 else None

    def split(self, line: str) -> list[str]:
        """The fields of a line without quote marks."""
        return line.split(self.text)

    def fields(self, lines: pl.Expr) -> pl.Expr:
        """The fields of lines (N,) without quote marks."""
        return lines.str.extract_all(r"\S+") if self.text is None else lines.str.split(self.text)

    def surplus(self, fields: int, width: int, header: Header) -> str:
        """What to say of a line of more fields than there are names."""
        names = f"the header has {width}" if header.is_line else f"--columns names {width}"
        if self.mark is None:
            shown = "space" if self.text is None else repr(self.text)
            return f"{fields} fields where {names}; no value may hold the separator {shown}"
        return f"{fields} fields where {names}; quote values that hold {self.text!r}"
