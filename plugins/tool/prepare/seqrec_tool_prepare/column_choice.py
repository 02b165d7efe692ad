"""Which columns of a table hold user, item, time and rating: those named, else by their names."""

import re
from collections.abc import Mapping

import attrs
import polars as pl

from seqrec_tool_prepare.tables import ROW, Table

__all__ = ["MISSING", "ColumnChoice", "choose_columns", "find_column", "runs_backwards"]

MISSING = ("", "na", "n/a", "nan", "null", "none", "nil", "nat", "\\n")
"""Text, in lower case, that stands for a missing value."""
_NAMES = {  # in lower case and without marks; the first that is there is taken
    "user": (
        *("userid", "user", "uid", "queryid", "sessionid", "session", "customerid", "customer"),
        *("visitorid", "memberid", "accountid", "reviewerid", "clientid"),
    ),
    "item": (
        *("itemid", "item", "iid", "movieid", "productid", "product", "asin", "trackid", "songid"),
        *("articleid", "bookid", "isbn", "businessid", "videoid", "sku"),
    ),
    "timestamp": ("timestamp", "time", "ts", "datetime", "date"),
    "rating": ("rating", "score", "stars"),
}
_TIME_WORDS = {"time", "timestamp", "date", "datetime", "dt", "ts", "at"}  # last word of a name
_TIME_ENDINGS = ("time", "date", "timestamp")
_OTHER_TIMES = ("run", "life", "play", "watchtime", "release", "birth", "expir", "updat")
_SAMPLE = 100_000  # rows that tell whether a file runs backwards


@attrs.frozen
class ColumnChoice:
    """`columns` names the column of each role, `others` those that would also do by their names.

    `constant` are likely columns that were passed over, as they hold one value or none.
    `is_guess` says that the time was chosen by a part of its name alone.
    """

    columns: dict[str, str]
    others: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    constant: tuple[str, ...] = ()
    is_guess: bool = False


def choose_columns(
    table: Table, names: Mapping[str, str | None], *, guess_time: bool = True
) -> ColumnChoice:
    """Take the columns in `names`, for other roles those of usual names.

    Where several would do, one that holds a single value is passed over. A column that only ends
    like a time (`created_at`) is taken for it where it is the only one, if `guess_time`.
    Raises DataError when a named column, or any for user or item, is missing.
    """
    for role, name in names.items():
        if name is not None:
            find_column(table, role, name)
    likely = {role: _usual(table.columns, role) for role in _NAMES}
    ending = [name for name in table.columns if _ends_like_time(name)]
    weak = [name for name in table.columns if re.search("time|date", name.lower())]
    times = list(dict.fromkeys([*likely["timestamp"], *ending, *weak]))
    open_roles = [role for role in ("user", "item") if names.get(role) is None]
    probed = [name for role in open_roles if len(likely[role]) > 1 for name in likely[role]]
    probed += times if names.get("timestamp") is None and len(times) > 1 else []
    constant = _constant(table, probed)
    columns, others = {}, {}
    for role, options in likely.items():
        name = names.get(role) or next((n for n in options if n not in constant), None)
        name = name or next(iter(options), None)
        if name is None and role in ("user", "item"):
            name = find_column(table, role, None)  # says that there is none
        if name is not None:
            columns[role] = name
        others[role] = tuple(n for n in options if n not in (name, *constant))
    guesses = [name for name in ending if name not in constant]
    is_guess = guess_time and "timestamp" not in columns and len(guesses) == 1
    if is_guess:
        columns["timestamp"] = guesses[0]
    used = columns.values()
    others["timestamp"] = tuple(n for n in times if n not in (*used, *constant))
    return ColumnChoice(
        columns,
        {role: more for role, more in others.items() if more and role != "rating"},
        tuple(name for name in constant if name not in used),
        is_guess,
    )


def find_column(table: Table, role: str, name: str | None, option: str | None = None) -> str:
    """The column of the table for a role: the one of that name, else one of a usual name.

    Raises DataError, which lists the columns and names the option, when it is not there.
    """
    option = option or f"--{role}"
    if name is not None and name not in table.columns:
        raise table.fault(f"no column {name!r} for {option}; there are {_shown(table.columns)}")
    name = name or next(iter(_usual(table.columns, role)), None)
    if name is None:
        raise table.fault(
            f"no column for the {role} among {_shown(table.columns)}; name it with {option}"
            + (_header_hint(table) if option == f"--{role}" else _title_hint(table))
        )
    return name


def runs_backwards(table: Table, user: str, time: str) -> bool:
    """Whether, within users, more rows of the file's start go back in this column than forward."""
    rows = table.collect(table.frame.select(ROW, user=user, time=time).head(_SAMPLE))[0]
    time_type = rows.schema["time"]
    if time_type == pl.String:
        number = rows["time"].cast(pl.Float64, strict=False)
        rows = rows.with_columns(time=number) if number.count() else rows
    elif not (time_type.is_numeric() or time_type.is_temporal()):
        return False
    same = pl.col("user") == pl.col("user").shift()
    before = pl.col("time").shift()
    falls, rises = rows.sort(ROW).select(
        falls=(same & (pl.col("time") < before)).sum(),
        rises=(same & (pl.col("time") > before)).sum(),
    )
    return int(falls.item()) > int(rises.item())


def _usual(columns: list[str], role: str) -> list[str]:
    names = _NAMES[role]
    usual = [name for name in columns if _plain(name) in names]
    return sorted(usual, key=lambda name: names.index(_plain(name)))


def _plain(name: str) -> str:
    return re.sub(r"[\s_.-]", "", name.lower())


def _ends_like_time(name: str) -> bool:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    last = re.split(r"[^a-z0-9]+", words)[-1]
    is_other = _plain(name).startswith(_OTHER_TIMES)
    return not is_other and (last in _TIME_WORDS or last.endswith(_TIME_ENDINGS))


def _constant(table: Table, names: list[str]) -> list[str]:
    """Those of the columns that hold one value, or none."""
    types = table.frame.collect_schema()
    simple = [name for name in dict.fromkeys(names) if not types[name].is_nested()]
    if not simple:
        return []
    values = {name: pl.col(name) for name in simple}
    for name in simple:
        if types[name] == pl.String:
            missing = pl.col(name).str.to_lowercase().is_in(MISSING)
            values[name] = pl.when(~missing).then(name)
    ends = [
        table.frame.select(value.min().alias(name) for name, value in values.items()),
        table.frame.select(value.max().alias(name) for name, value in values.items()),
    ]
    least, most = table.collect(*ends)
    return [name for name in simple if least[name].item() == most[name].item()]


def _shown(columns: list[str], most: int = 30) -> str:
    short = [name if len(name) <= 60 else name[:57] + "…" for name in columns[:most]]
    more = f" and {len(columns) - most} more" if len(columns) > most else ""
    return f"{short}{more}"


def _title_hint(table: Table) -> str:
    """What to do for a file of items or users, of which no option names the fields."""
    if not table.has_header:
        return ""
    return "; or, if that is a row and no header, put a line with the names of the fields before it"


def _header_hint(table: Table) -> str:
    if not table.has_header:
        return ""
    [name, *more] = table.columns or [""]
    if not more and len(name.split()) > 1:
        return "; the fields seem to be separated by spaces: say --separator space"
    if not more:
        return "; there is one column only: say what stands between fields with --separator"
    names = ["user", "item", "timestamp", *"_" * len(more)][: len(more) + 1]
    return (
        "; or, if that is a row and no header, name the columns in their order, _ for one to pass "
        f"over, as --columns {','.join(names)} does; or say --format sequences for lines "
        '"user item item …"'
    )
