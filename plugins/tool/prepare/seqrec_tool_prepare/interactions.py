"""Who did what and when: the columns of a table that say so, counted and checked."""

from collections.abc import Mapping

import attrs
import polars as pl

from seqrec_tool_prepare.tables import ROW, Table
from seqrec_tool_prepare.timestamps import Clock, clocks

__all__ = ["Interactions", "Survey", "find_column", "ids", "interactions", "survey_events"]

_NAMES = {
    "user": ("user_id", "user", "userid", "uid", "query_id", "session_id", "customer_id"),
    "item": ("item_id", "item", "itemid", "iid", "movieid", "movie_id", "product_id"),
    "timestamp": ("timestamp", "time", "ts", "datetime", "date"),
    "rating": ("rating", "score", "stars"),
}


@attrs.frozen
class Interactions:
    """A table and the columns of it that hold user, item and perhaps timestamp and rating."""

    table: Table
    columns: dict[str, str]

    def events(self) -> pl.LazyFrame:
        """One row an event: ROW and the roles, ids as integers or strings, all else as it is."""
        roles = {role: pl.col(name) for role, name in self.columns.items()}
        for role in ("user", "item"):
            roles[role] = ids(self.table, self.columns[role])
        frame = self.table.frame.select(ROW, **roles)
        if self.table.is_text:  # blank lines
            frame = frame.filter(~pl.all_horizontal(pl.col(*roles).is_null()))
        return frame

    def check_type(self, role: str, expected: str, *types: pl.datatypes.DataTypeClass) -> None:
        """DataError unless the column of the role holds numbers, strings or one of the types."""
        dtype = self.table.frame.collect_schema()[self.columns[role]]
        if not (dtype.is_numeric() or dtype in (pl.String, *types)):
            raise self.table.fault(
                f"{role}s are {expected}, not {dtype}; convert them", column=self.columns[role]
            )

    def fault(self, role: str, row: int, message: str, remedy: str) -> Exception:
        """The error for one cell; `message` may name its {value}."""
        column = self.columns[role]
        value = self.table.value(column, row)
        text = "no value" if value is None else f"{value!r} {message}"
        return self.table.fault(f"{text}; {remedy}", column=column, row=row)


def interactions(table: Table, names: Mapping[str, str | None]) -> Interactions:
    """Find the columns of user, item, timestamp and rating: those in `names`, else usual ones.

    Raises DataError when a named column, or any for user or item, is missing.
    """
    columns = {
        "user": find_column(table, "user", names.get("user")),
        "item": find_column(table, "item", names.get("item")),
    }
    for role in ("timestamp", "rating"):
        name = names.get(role) or _usual(table.columns, role)
        if name is not None:
            columns[role] = find_column(table, role, name)
    return Interactions(table, columns)


def ids(table: Table, column: str) -> pl.Expr:
    """A column as ids, int64 or strings, null where it holds none; DataError for another type."""
    dtype = table.frame.collect_schema()[column]
    if dtype.is_integer():
        return pl.col(column).cast(pl.Int64, strict=False)
    if dtype not in (pl.String, pl.Categorical, pl.Enum):
        raise table.fault(f"ids are integers or strings, not {dtype}; convert them", column=column)
    return pl.col(column).cast(pl.String).replace("", None)


def find_column(table: Table, role: str, name: str | None, option: str | None = None) -> str:
    """The column of the table for a role: the one of that name, else one of a usual name.

    Raises DataError, which lists the columns and names the option, when it is not there.
    """
    option = option or f"--{role}"
    if name is not None and name not in table.columns:
        raise table.fault(f"no column {name!r} for {option}; there are {table.columns}")
    name = name or _usual(table.columns, role)
    if name is None:
        raise table.fault(
            f"no column for the {role} among {table.columns}; name it with {option}"
            + (
                ', or add a header line, or say --format sequences for lines "user item item …"'
                if table.is_text
                else ""
            )
        )
    return name


def _usual(columns: list[str], role: str) -> str | None:
    by_lower_case = {name.lower(): name for name in columns}
    return next((by_lower_case[name] for name in _NAMES[role] if name in by_lower_case), None)


@attrs.frozen
class Survey:
    """The result of the passes over the events.

    `users` and `items` have a row an id, sorted by it: `key` as the file has it, `external` as
    people know it (text that is all integers becomes integers), `count` of its events. `events`
    is the frame of all events to keep: key of user and item, exact timestamp, ROW.
    """

    events: pl.LazyFrame
    users: pl.DataFrame
    items: pl.DataFrame
    clock: Clock | None
    read: int
    below_min_rating: int


def survey_events(
    source: Interactions, *, min_rating: float | None = None, time_format: str | None = None
) -> Survey:
    """Count users, items and faults; holds the ids, never the events.

    Raises DataError at the first null id, unreadable rating or unreadable timestamp.
    """
    table, events = source.table, source.events()
    if min_rating is not None and "rating" not in source.columns:
        raise table.fault(f"no column for the rating among {table.columns}; name it with --rating")
    if min_rating is not None:
        source.check_type("rating", "numbers", pl.Boolean)
    candidates = _candidates(source, events, time_format)
    rating = pl.col("rating").cast(pl.Float64, strict=False)
    rated = events if min_rating is None else events.filter(rating >= min_rating)
    faults = {role: pl.col(role).is_null() for role in ("user", "item")}
    faults |= {f"clock {n}": clock.read.is_null() for n, clock in enumerate(candidates)}
    faults |= {} if min_rating is None else {"rating": rating.is_null() | rating.is_nan()}
    summary, users, items = table.collect(
        events.select(
            pl.len().alias("read"),
            *(pl.col(ROW).filter(fault).min().alias(name) for name, fault in faults.items()),
        ),
        rated.group_by(key="user").agg(count=pl.len()),
        rated.group_by(key="item").agg(count=pl.len()),
    )
    first = summary.row(0, named=True)
    clock = _check(source, first, candidates)
    count = int(users["count"].sum())
    if not count:
        raise table.fault(f"no event has a rating of {min_rating} or more; lower --min-rating")
    time = {} if clock is None else {"timestamp": clock.read}
    return Survey(
        rated.select(ROW, "user", "item", **time),
        _sorted(users),
        _sorted(items),
        clock,
        first["read"],
        first["read"] - count,
    )


def _candidates(source: Interactions, events: pl.LazyFrame, time_format: str | None) -> list[Clock]:
    if "timestamp" not in source.columns:
        return []
    source.check_type("timestamp", "numbers or dates", pl.Date, pl.Datetime, pl.Duration)
    dtype = events.collect_schema()["timestamp"]
    times = events.filter(pl.col("timestamp").is_not_null()).select("timestamp")
    sample = source.table.collect(times.head(1))[0]
    return clocks(dtype, sample.item() if len(sample) else None, time_format)


def _check(source: Interactions, first: dict[str, int], candidates: list[Clock]) -> Clock | None:
    """The clock that reads every timestamp; DataError for the first fault of any column."""
    if not first["read"]:
        raise source.table.fault("there is a header and no row below it")
    for role in ("user", "item"):
        if first[role] is not None:
            remedy = "give every event its id, or take the row out"
            raise source.fault(role, first[role], "is no id", remedy)
    if first.get("rating") is not None:
        remedy = "correct it, or leave --min-rating out"
        raise source.fault("rating", first["rating"], "is not a number", remedy)
    for number, clock in enumerate(candidates):
        if first[f"clock {number}"] is None:
            return clock
    if candidates:
        row = first[f"clock {len(candidates) - 1}"]
        remedy = "correct it, or give the form of your dates, such as --time-format '%d/%m/%Y'"
        raise source.fault("timestamp", row, f"is not {candidates[-1].name}", remedy)
    return None


def _sorted(ids: pl.DataFrame) -> pl.DataFrame:
    key = ids["key"]
    whole = key.cast(pl.Int64, strict=False)
    if (whole.cast(pl.String) == key.cast(pl.String)).fill_null(False).all():
        key = whole
    return ids.with_columns(external=key).sort("external")
