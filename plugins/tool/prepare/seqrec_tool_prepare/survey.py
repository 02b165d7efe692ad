"""All events in one pass: checked, and their users and items counted."""

from collections.abc import Callable, Mapping

import attrs
import polars as pl

from seqrec_tool_prepare.column_choice import MISSING
from seqrec_tool_prepare.external_ids import are_written_as_floats, external
from seqrec_tool_prepare.id_counts import id_counts
from seqrec_tool_prepare.interactions import Interactions
from seqrec_tool_prepare.tables import ROW
from seqrec_tool_prepare.timestamps import Clock, clocks

__all__ = ["Counted", "Survey", "SurveyPlan", "counted_here", "survey_events"]

_DROP = "or leave such rows out with --drop-incomplete"
_UNNEST = "write a row an event, or lists as JSON lines or parquet"
_STRUCTURE = r"""^\[\s*(-?\d+|["'].*["'])\s*,.*\]$|^\{\s*["'].*\}$"""  # a list, or an object
_rating = pl.col("rating").cast(pl.Float64, strict=False)


@attrs.frozen
class Survey:
    """The result of the passes over the events.

    `users` and `items` have a row an id, sorted by it: `key` as the file has it, `external` as
    people know it (text that is all integers becomes integers), `count` (64 bits) of its events.
    `events` is the frame of all events to keep: key of user and item, exact time, features, ROW.
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
    counted: "Counted | None" = None,
) -> Survey:
    """Count users, items and faults; holds the ids, never the events.

    With `drop_incomplete`, events without a user, item, time or, where it counts, rating are left
    out. `counted` counts, by default on this machine. Raises DataError at the first null id,
    unreadable rating or unreadable timestamp.
    """
    table = source.table
    if min_rating is not None and "rating" not in source.columns:
        raise table.fault(f"no column for the rating among {table.columns}; name it with --rating")
    if min_rating is not None:
        source.check_type("rating", "numbers", pl.Boolean)
    candidates = _candidates(source, time_format)
    plan = SurveyPlan(source, candidates, _missing(source, min_rating), min_rating, drop_incomplete)
    first, users, items = (counted or counted_here)(plan)
    if not first["read"]:
        raise table.fault(_no_row(source))
    for role, ids in (("user", users), ("item", items)):
        _check_ids(plan, role, first[role], ids["key"])
    clock = _check_values(plan, first)
    for column in source.features:
        column.check(table, first)
    if floats := _written_as_floats(source, users, items):  # once more, with 1.0 read as 1
        return survey_events(
            attrs.evolve(source, whole=source.whole | floats),
            min_rating=min_rating,
            time_format=time_format,
            drop_incomplete=drop_incomplete,
            counted=counted,
        )
    return plan.survey(first, users, items, clock)


@attrs.frozen
class SurveyPlan:
    """What one pass over the events asks, and what is kept of them.

    `lacking` is true for events without a value, by the role; `drops` says that they are left out.
    """

    source: Interactions
    clocks: list[Clock]
    lacking: dict[str, pl.Expr]
    min_rating: float | None
    drops: bool

    @property
    def kept(self) -> pl.Expr:
        """True for events that are complete, where others are left out."""
        if not self.drops:
            return pl.lit(value=True)
        return ~pl.any_horizontal(*self.lacking.values())

    @property
    def complete(self) -> pl.LazyFrame:
        """The events, without those that are left out as incomplete."""
        events = self.source.events()
        return events.filter(self.kept) if self.drops else events

    @property
    def rated(self) -> pl.LazyFrame:
        """The events that are kept."""
        events = self.complete
        return events if self.min_rating is None else events.filter(_rating >= self.min_rating)

    def faults(self) -> dict[str, pl.Expr]:
        """True for events with a fault, by the role or the clock."""
        faults = {role: self.lacking[role] for role in ("user", "item")}
        faults |= {f"clock {n}": clock.read.is_null() for n, clock in enumerate(self.clocks)}
        if self.min_rating is not None:
            faults["rating"] = _rating.is_null() | _rating.is_nan()
        return faults

    def summary(self) -> pl.LazyFrame:
        """One row: how many events there are, and the first row of each fault."""
        kept, lost = self.kept, _first(self.lacking) if self.drops else {}
        return self.source.events().select(
            pl.len().alias("read"),
            (kept.sum() if self.drops else pl.len()).alias("kept"),
            *(each.sum().alias(f"lost {role}") for role, each in lost.items()),
            *(
                pl.when(fault & kept).then(pl.col(ROW)).min().alias(name)
                for name, fault in self.faults().items()
            ),
            *(count for column in self.source.features for count in column.survey(kept)),
        )

    def lacks(self, role: str) -> str:
        """In how many events a role has no value, where it is more than one."""
        number, lacking = pl.col(ROW).is_not_null(), self.lacking[role]
        events = self.source.events().select(
            number.cast(pl.Int64).sum(), lacking=lacking.cast(pl.Int64).sum()
        )
        [[number, lacking]] = self.source.table.collect(events)[0].rows()
        return f", as in {lacking:,} of {number:,} events" if lacking > 1 else ""

    def structure(self, role: str, keys: pl.Series) -> int | None:
        """The first row whose id, of text, is a list or an object."""
        if not self.source.table.is_text or not keys.str.contains(_STRUCTURE).any():
            return None
        odd = self.complete.filter(pl.col(role).str.contains(_STRUCTURE)).select(pl.col(ROW).min())
        row: int = self.source.table.collect(odd)[0].item()
        return row

    def events(self, clock: Clock | None) -> pl.LazyFrame:
        """What is kept of the events: ROW, the keys, exact timestamps, features."""
        time = {} if clock is None else {"timestamp": clock.read}
        features = [column.name for column in self.source.features]
        return self.rated.select(ROW, "user", "item", *features, **time)

    def survey(
        self, first: dict[str, int], users: pl.DataFrame, items: pl.DataFrame, clock: Clock | None
    ) -> Survey:
        """What the summary and the counts say; DataError where no event is left."""
        table, users, items = self.source.table, _sorted(users), _sorted(items)
        count = int(users["count"].sum())
        if not count and not first["kept"]:
            raise table.fault(
                "no event is complete; leave --drop-incomplete out to see what is not"
            )
        if not count:
            raise table.fault(
                f"no event has a rating of {self.min_rating} or more; lower --min-rating"
            )
        return Survey(
            self.events(clock),
            users,
            items,
            clock,
            first["read"],
            first["kept"] - count,
            {role: n for role in self.lacking if (n := first.get(f"lost {role}", 0))},
        )


Counted = Callable[[SurveyPlan], tuple[dict[str, int], pl.DataFrame, pl.DataFrame]]
"""What the summary of a plan says, and its users and items: key and count."""


def counted_here(plan: SurveyPlan) -> tuple[dict[str, int], pl.DataFrame, pl.DataFrame]:
    """The same of a plan of events on this machine, in streaming passes."""
    table = plan.source.table
    first = table.collect(plan.summary())[0].row(0, named=True)
    scratch = table.scratch and table.scratch.parent
    ids = [plan.rated.select(key=role) for role in ("user", "item")]
    users, items = (id_counts(each, first["kept"], table.collect, scratch) for each in ids)
    return first, users, items


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


def _written_as_floats(
    source: Interactions, users: pl.DataFrame, items: pl.DataFrame
) -> frozenset[str]:
    """The roles whose ids are whole numbers written as floats, and not yet read as such."""
    keys = {"user": users["key"], "item": items["key"]}
    return frozenset(
        role
        for role, values in keys.items()
        if role not in source.whole and are_written_as_floats(values.drop_nulls())
    )


def _first(missing: Mapping[str, pl.Expr]) -> dict[str, pl.Expr]:
    """True for events whose first missing value is that of the role."""
    alone, before = {}, pl.lit(value=False)
    for role, lost in missing.items():
        alone[role] = lost & ~before
        before = before | lost
    return alone


def _candidates(source: Interactions, time_format: str | None) -> list[Clock]:
    """The ways in which the times may be read."""
    if "timestamp" not in source.columns:
        return []
    source.check_type("timestamp", "numbers or dates", pl.Date, pl.Datetime, pl.Duration)
    events = source.events()
    dtype = events.collect_schema()["timestamp"]
    times = events.filter(pl.col("timestamp").is_not_null())
    if dtype == pl.String:
        text = pl.col("timestamp").str.strip_chars().str.to_lowercase()
        times = times.filter(~text.is_in(MISSING))
    sample = source.table.collect(times.select("timestamp").head(1))[0]
    return clocks(dtype, sample.item() if len(sample) else None, time_format)


def _check_ids(plan: SurveyPlan, role: str, row: int | None, keys: pl.Series) -> None:
    """DataError for an event without an id, or with a list for one."""
    source, remedy = plan.source, f"give every event its id, {_DROP}"
    lacks = "" if row is None else plan.lacks(role)
    if row is None:
        row, remedy = plan.structure(role, keys), _UNNEST
    if row is not None:
        raise source.fault(role, row, "is no id", remedy, missing=lacks)


def _check_values(plan: SurveyPlan, first: dict[str, int]) -> Clock | None:
    """The clock that reads every timestamp; DataError for a rating or time that is none."""
    source, rating = plan.source, first.get("rating")
    if rating is not None:
        remedy = f"correct it, leave --min-rating out, {_DROP}"
        raise source.fault(
            "rating", rating, "is not a number", remedy, missing=plan.lacks("rating")
        )
    rows = [first[f"clock {number}"] for number, _ in enumerate(plan.clocks)]
    for row, clock in zip(rows, plan.clocks, strict=True):
        if row is None:
            return clock
    if rows:
        raise _time_fault(source, max(rows), plan.clocks[-1], plan.lacks("timestamp"))
    return None


def _no_row(source: Interactions) -> str:
    if source.empty_lists:
        return f"every list in column {source.columns['item']!r} is empty: there is no event"
    if source.table.has_header:
        return "there is a header and no row below it"
    return "there is no row in it; name another file"


def _time_fault(source: Interactions, row: int, clock: Clock, missing: str) -> Exception:
    """The error for a time that no clock reads; `clock` is the one that reads most."""
    remedy = "correct it, or give the form of your dates, such as --time-format '%d/%m/%Y'"
    if source.choice.is_guess:
        remedy += ", or go by the rows with --order file"
    value = source.table.value(source.columns["timestamp"], row)
    if value is None or str(value).strip().lower() in MISSING:
        remedy = f"correct it, {_DROP}"
    return source.fault("timestamp", row, f"is not {clock.name}", remedy, missing=missing)


def _sorted(ids: pl.DataFrame) -> pl.DataFrame:
    """By their external form; counts of 64 bits, as sums of those of 32 have 32, too."""
    count = ids["count"].cast(pl.Int64)
    return ids.with_columns(count, external=external(ids["key"])).sort("external")
