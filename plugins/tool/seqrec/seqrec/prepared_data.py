"""`seqrec.prepare`: from a frame or files to a data folder, as `seqrec data prepare` makes it."""

import difflib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cached_property
from inspect import signature
from os import PathLike
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import attrs

from seqrec.frames import Frame, frame_file
from seqrec_core.data_folder import DataFolder
from seqrec_core.notebook import escape, table_html
from seqrec_core.places import delivered, expanded, local
from seqrec_core.printable import echo
from seqrec_core.reading.json_text import object_of_file

__all__ = ["Data", "Place", "prepare"]

Place = str | PathLike[str]
_FILES = ("items", "users")  # options that may be frames, too


@attrs.frozen(slots=False)
class Data:
    """A folder of prepared data.

    >>> data = seqrec.Data("data")      # one that `seqrec data prepare` made
    >>> data.users, data.items, data.events
    (6040, 3416, 999611)
    """

    path: Path = attrs.field(converter=local)

    def __attrs_post_init__(self) -> None:
        """Raises DataError for a folder that is none of prepared data."""
        DataFolder(self.path).features()

    @cached_property
    def report(self) -> dict[str, Any]:
        """What the preparation read, dropped and kept, as `report.json` has it; or nothing."""
        file = self.path / "report.json"
        return object_of_file(file) if file.is_file() else {}

    @property
    def users(self) -> int | None:
        """How many users were kept; None where no report says so."""
        return self._kept("users")

    @property
    def items(self) -> int | None:
        """How many items were kept; None where no report says so."""
        return self._kept("items")

    @property
    def events(self) -> int | None:
        """How many events were kept; None where no report says so."""
        return self._kept("events")

    @property
    def notices(self) -> list[str]:
        """Sentences on what was odd in the data; none where nothing was."""
        from seqrec_tool_prepare.rendering import notices

        return notices(self.report) if self.report else []

    def _kept(self, what: str) -> int | None:
        count: int | None = self.report.get("kept", {}).get(what)
        return count

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        counts = [f"{name}={count:,}" for name, count in self._counts()]
        return f"Data({', '.join([repr(str(self.path)), *counts])})"

    def _counts(self) -> Iterator[tuple[str, int]]:
        for name in ("users", "items", "events"):
            if (count := self._kept(name)) is not None:
                yield name, count

    def _repr_html_(self) -> str:
        """Counts, splits and notices, for notebooks."""
        counts = [(name, f"{count:,}") for name, count in self._counts()]
        splits = self.report.get("splits", {})
        names = list(dict.fromkeys(name for each in splits.values() for name in each))
        rows = [
            (split, *(f"{each[name]:,}" if name in each else "" for name in names))
            for split, each in splits.items()
        ]
        notices = "".join(f"<li>{escape(line)}</li>" for line in self.notices)
        return (
            table_html(("data", str(self.path)), counts)
            + (table_html(("split", *(name.replace("_", " ") for name in names)), rows))
            + (f"<ul>{notices}</ul>" if notices else "")
        )


def prepare(
    source: Frame | Place | Sequence[Place], *, out: Place | None = None, **options: Any
) -> Data:
    """The data folder of interactions: of a frame of pandas, polars or pyarrow, or of files.

    >>> data = seqrec.prepare(df, user="customer", min_item_count=5)
    >>> data = seqrec.prepare("ratings.csv", out="data", split="global-time")

    `source` may also be several files, and patterns of them. `options` are those of `seqrec data
    prepare`, named as there: `--min-item-count 5` is `min_item_count=5`. `items` and `users` may be
    frames as well, columns a list, and features a mapping: `item_features={"genres": "list"}`. A
    frame goes through a temporary file. Without `out` the folder is a temporary one, which is said.
    Raises DataError, as the command does, for input that cannot be used, TypeError for an option
    that there is not.
    """
    from seqrec_tool_prepare import commands
    from seqrec_tool_prepare.option_checks import changed
    from seqrec_tool_prepare.preparation import write_data_folder

    _check_names(options, signature(commands.prepare).parameters)
    with ExitStack() as stack:
        place = stack.enter_context(_place(out))
        file = _file(source, "the frame", stack)
        plain = {name: _option(name, value, stack) for name, value in options.items()}
        values = signature(commands.prepare).bind(file, place, **plain)
        values.apply_defaults()
        write_data_folder(values.arguments, changed(values.arguments, commands.prepare))
    if out is None:
        echo(f"data: {place} (temporary; out= names another folder)")
    return Data(place if out is None else out)


@contextmanager
def _place(out: Place | None) -> Iterator[Path]:
    """Where to write: a new temporary folder, which goes again where nothing comes of it."""
    if out is not None:
        with delivered(out, anew=True) as place:
            yield place
        return
    folder = Path(mkdtemp(prefix="seqrec-data-"))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_names(options: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    names = [name for name in known if name not in ("file", "out")]
    for option in options:
        if option not in names:
            close = difflib.get_close_matches(option, names, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise TypeError(f"prepare has no option {option!r}{hint}; there are {', '.join(names)}")


def _file(source: Any, what: str, stack: ExitStack) -> Any:
    """What the command is told of a file, of several, or of the rows of a frame."""
    if isinstance(source, Frame):
        return stack.enter_context(frame_file(source, what))
    if isinstance(source, str | PathLike):
        return expanded(source)
    if isinstance(source, Sequence) and all(isinstance(each, str | PathLike) for each in source):
        return [expanded(each) for each in source]
    raise TypeError(
        f"interactions are a {type(source).__name__}; give a frame of pandas, polars or pyarrow, "
        "or the path of a file"
    )


def _option(name: str, value: Any, stack: ExitStack) -> Any:
    """An option as the command has it, where Python has better words for it."""
    if name in _FILES and value is not None:
        return _file(value, f"the frame of {name}", stack)
    if name == "ids_from" and value is not None:
        return local(value)
    if name.endswith("_features") and isinstance(value, Mapping):
        return ",".join(f"{column}:{kind}" if kind else column for column, kind in value.items())
    if (name.endswith("_features") or name == "columns") and not isinstance(value, str | None):
        return ",".join(value)
    if name in ("validate_from", "test_from"):
        return value.isoformat() if isinstance(value, date) else str(value)
    return value
