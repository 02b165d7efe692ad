"""Who did what and when: the columns of a table that say so, counted and checked."""

from collections import ChainMap
from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from seqrec_tool_prepare.column_choice import MISSING, ColumnChoice, choose_columns
from seqrec_tool_prepare.event_columns import EventColumn, event_columns
from seqrec_tool_prepare.external_ids import (
    are_written_as_floats,
    external,
    id_values,
    whole_text,
)
from seqrec_tool_prepare.feature_choice import Feature
from seqrec_tool_prepare.tables import ROW, Table
from seqrec_tool_prepare.timestamps import Clock, clocks

__all__ = ["Interactions", "Survey", "interactions", "survey_events"]

_DROP = "or leave such rows out with --drop-incomplete"


@attrs.frozen
class Interactions:
    """A table and the columns of it that hold user, item and perhaps timestamp and rating.

    `whole` are the roles whose ids are whole numbers written as floats, `features` other columns
    that are kept of each event.
    """

    table: Table
    choice: ColumnChoice
    whole: frozenset[str] = frozenset()
    features: tuple[EventColumn, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """The column of each role."""
        return self.choice.columns

    def events(self) -> pl.LazyFrame:
        """One row an event: ROW, the roles, ids as integers or strings, and the features."""
        roles = {role: pl.col(name) for role, name in self.columns.items()}
        for role in ("user", "item"):
            values = id_values(self.table, self.columns[role])
            roles[role] = whole_text(values) if role in self.whole else values
        features = [column.columns() for column in self.features]
        frame = self.table.frame.select(ROW, **roles, **dict(ChainMap(*features)))
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
        shown = repr(value) if len(repr(value)) <= 100 else f"{repr(value)[:100]}…"
        text = "no value" if value is None else f"{shown} {message}"
        return self.table.fault(f"{text}; {remedy}", column=column, row=row)


def interactions(
    table: Table,
    names: Mapping[str, str | None],
    *,
    guess_time: bool = True,
    features: Sequence[Feature] = (),
    separator: str | None = None,
) -> Interactions:
    """Find the columns of user, item, timestamp and rating: those in `names`, else usual ones.

    `features` are columns that are kept of each event; `separator` stands between the values of a
    list in text, by default what the file's values suggest.

    Raises DataError when a named column, or any for user or item, is missing, and where one
    column would be two of user, item and time.
    """
    choice = choose_columns(table, names, guess_time=guess_time)
    roles: dict[str, str] = {}
    for role, name in choice.columns.items():
        if name in roles and role != "rating":
            raise table.fault(
                f"column {name!r} is both the {roles[name]} and the {role}; name another one with "
                f"--{role}"
            )
        roles[name] = role
    return Interactions(table, choice, features=event_columns(table, features, separator))


@attrs.frozen
class Survey:
    """The result of the passes over the events.

    `users` and `items` have a row an id, sorted by it: `key` as the file has it, `external` as
    people know it (text that is all integers becomes integers), `count` of its events. `events`
    is the frame of all events to keep: key of user and item, exact timestamp, features, ROW.
    `incomplete` counts the events that were left out for a missing value, by the role of the first.
    """

    events: pl.LazyFrame
    users: pl.DataFrame
    items: pl.DataFrame
    clock: Clock | None
    read: int
    below_min_rating: int
    incomplete: dict[str, int] = attrs.field(factory=dict)


def survey_events(
    source: Interactions,
    *,
    min_rating: float | None = None,
    time_format: str | None = None,
    drop_incomplete: bool = False,
) -> Survey:
    """Count users, items and faults; holds the ids, never the events.

    With `drop_incomplete`, events without a user, item, time or, where it counts, rating are left
    out. Raises DataError at the first null id, unreadable rating or unreadable timestamp.
    """
    table, events = source.table, source.events()
    if min_rating is not None and "rating" not in source.columns:
        raise table.fault(f"no column for the rating among {table.columns}; name it with --rating")
    if min_rating is not None:
        source.check_type("rating", "numbers", pl.Boolean)
    candidates = _candidates(source, events, time_format)
    missing = _missing(source, min_rating) if drop_incomplete else {}
    kept = ~pl.any_horizontal(*missing.values()) if missing else pl.lit(value=True)
    rating = pl.col("rating").cast(pl.Float64, strict=False)
    rated = events.filter(kept) if min_rating is None else events.filter(kept, rating >= min_rating)
    faults = {role: pl.col(role).is_null() for role in ("user", "item")}
    faults |= {f"clock {n}": clock.read.is_null() for n, clock in enumerate(candidates)}
    faults |= {} if min_rating is None else {"rating": rating.is_null() | rating.is_nan()}
    summary, users, items = table.collect(
        events.select(
            pl.len().alias("read"),
            (kept.sum() if missing else pl.len()).alias("kept"),
            *(lost.sum().alias(f"lost {role}") for role, lost in _first(missing).items()),
            *(pl.col(ROW).filter(fault & kept).min().alias(name) for name, fault in faults.items()),
            *(count for column in source.features for count in column.survey(kept)),
        ),
        rated.group_by(key="user").agg(count=pl.len()),
        rated.group_by(key="item").agg(count=pl.len()),
    )
    first = summary.row(0, named=True)
    clock = _check(source, first, candidates)
    for column in source.features:
        column.check(table, first)
    floats = {
        role
        for role, counts in (("user", users), ("item", items))
        if role not in source.whole and are_written_as_floats(counts["key"].drop_nulls())
    }
    if floats:  # once more, with 1.0 read as 1
        source = attrs.evolve(source, whole=source.whole | floats)
        return survey_events(
            source,
            min_rating=min_rating,
            time_format=time_format,
            drop_incomplete=drop_incomplete,
        )
    count = int(users["count"].sum())
    if not count and not first["kept"]:
        raise table.fault("no event is complete; leave --drop-incomplete out to see what is not")
    if not count:
        raise table.fault(f"no event has a rating of {min_rating} or more; lower --min-rating")
    time = {} if clock is None else {"timestamp": clock.read}
    return Survey(
        rated.select(ROW, "user", "item", *(column.name for column in source.features), **time),
        _sorted(users),
        _sorted(items),
        clock,
        first["read"],
        first["kept"] - count,
        {role: first[f"lost {role}"] for role in missing if first[f"lost {role}"]},
    )


def _missing(source: Interactions, min_rating: float | None) -> dict[str, pl.Expr]:
    """True for events without a value, by the role."""
    types = source.table.frame.collect_schema()
    missing = {role: pl.col(role).is_null() for role in ("user", "item")}
    for role in ("timestamp", "rating"):
        if role not in source.columns or (role == "rating" and min_rating is None):
            continue
        value, dtype = pl.col(role), types[source.columns[role]]
        missing[role] = value.is_null()
        if dtype == pl.String:
            missing[role] |= value.str.strip_chars().str.to_lowercase().is_in(MISSING)
        elif dtype.is_float():
            missing[role] |= value.is_nan()
    return {role: lost.fill_null(value=True) for role, lost in missing.items()}


def _first(missing: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """True for events whose first missing value is that of the role."""
    alone, before = {}, pl.lit(value=False)
    for role, lost in missing.items():
        alone[role] = lost & ~before
        before = before | lost
    return alone


def _candidates(source: Interactions, events: pl.LazyFrame, time_format: str | None) -> list[Clock]:
    if "timestamp" not in source.columns:
        return []
    source.check_type("timestamp", "numbers or dates", pl.Date, pl.Datetime, pl.Duration)
    dtype = events.collect_schema()["timestamp"]
    times = events.filter(pl.col("timestamp").is_not_null())
    if dtype == pl.String:
        text = pl.col("timestamp").str.strip_chars().str.to_lowercase()
        times = times.filter(~text.is_in(MISSING))
    sample = source.table.collect(times.select("timestamp").head(1))[0]
    return clocks(dtype, sample.item() if len(sample) else None, time_format)


def _check(source: Interactions, first: dict[str, int], candidates: list[Clock]) -> Clock | None:
    """The clock that reads every timestamp; DataError for the first fault of any column."""
    if not first["read"]:
        raise source.table.fault("there is a header and no row below it")
    for role in ("user", "item"):
        if first[role] is not None:
            remedy = f"give every event its id, {_DROP}"
            raise source.fault(role, first[role], "is no id", remedy)
    if first.get("rating") is not None:
        remedy = f"correct it, leave --min-rating out, {_DROP}"
        raise source.fault("rating", first["rating"], "is not a number", remedy)
    for number, clock in enumerate(candidates):
        if first[f"clock {number}"] is None:
            return clock
    if candidates:
        last = candidates[-1]
        row = max(first[f"clock {number}"] for number, _ in enumerate(candidates))
        remedy = "correct it, or give the form of your dates, such as --time-format '%d/%m/%Y'"
        if source.choice.is_guess:
            remedy += ", or go by the rows with --order file"
        value = source.table.value(source.columns["timestamp"], row)
        if value is None or str(value).strip().lower() in MISSING:
            remedy = f"correct it, {_DROP}"
        raise source.fault("timestamp", row, f"is not {last.name}", remedy)
    return None


def _sorted(ids: pl.DataFrame) -> pl.DataFrame:
    return ids.with_columns(external=external(ids["key"])).sort("external")
