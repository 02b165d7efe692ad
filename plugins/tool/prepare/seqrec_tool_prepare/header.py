"""The names of the fields of a line: those of a header, or those given for want of one."""

from collections.abc import Sequence
from pathlib import Path

import attrs

from seqrec_core.errors import DataError

__all__ = ["HEADER_WORDS", "Header", "header_of"]

HEADER_WORDS = frozenset(
    {"user", "user_id", "userid", "item", "item_id", "itemid", "timestamp", "session_id"}
)
"""In lower case, fields that no row has."""

_PASSED = "__passed {}__"  # over: a field that `_` stands for


@attrs.frozen
class Header:
    """Names of all fields in order; `is_line` says that they are the file's first line.

    `types` are those of RecBole by the column, `passed` the names of fields that are no columns.
    """

    names: list[str]
    is_line: bool
    types: dict[str, str] = attrs.field(factory=dict)
    passed: tuple[str, ...] = ()


def header_of(path: Path, fields: list[str], format: str, columns: Sequence[str] | None) -> Header:
    """What the fields of the first line say, or `columns` of them.

    Raises DataError for names that stand twice, and for columns that are not as many as the fields
    or that the first line has, too.
    """
    if columns is not None:
        return _named(path, fields, columns)
    typed = [field.rpartition(":") for field in fields] if format == "recbole" else []
    types = {name: kind for name, colon, kind in typed if colon}
    names = [name or kind for name, _, kind in typed] or fields
    repeated = [name for name in names if name and names.count(name) > 1]
    if repeated:
        raise DataError(
            f"{path}, line 1: two columns are named {repeated[0]!r}; rename one, "
            "or name the columns of a file without a header: --columns user,item,timestamp"
        )
    return Header(names, is_line=True, types=types)


def _named(path: Path, fields: list[str], columns: Sequence[str]) -> Header:
    if "" in columns or not set(columns) - {"_"}:
        raise DataError(
            f"--columns {','.join(columns)!r} leaves a field without a name, or all; name each in "
            "order, _ for one to pass over"
        )
    if len(fields) != len(columns):
        line = ", ".join(map(repr, fields[:8])) + ", …" * (len(fields) > 8)
        count = f"{len(fields)} field{'s' * (len(fields) != 1)}"
        raise DataError(
            f"{path}: --columns names {len(columns)}, and the first line has {count}, {line}; "
            "name each in order, _ for one to pass over, and say what stands between them with "
            "--separator"
        )
    odd = [name for name in columns if name != "_" and columns.count(name) > 1]
    if odd:
        raise DataError(f"--columns has {odd[0]!r} twice; name each field once, or pass it over: _")
    words = {name.lower() for name in columns} | HEADER_WORDS
    titles = {field.strip().lower() for field in fields} & words
    if titles:
        raise DataError(
            f"{path}, line 1: {sorted(titles)[0]!r} is a column's name: the file has a header; "
            "leave --columns out, or that line where other files have none"
        )
    names = [_PASSED.format(n) if name == "_" else name for n, name in enumerate(columns)]
    passed = tuple(name for name in names if name not in columns)
    return Header(names, is_line=False, passed=passed)
