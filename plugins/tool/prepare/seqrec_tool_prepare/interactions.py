"""Who did what and when: the columns of a table that say so."""

from collections import ChainMap
from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from seqrec_tool_prepare.column_choice import MISSING, ColumnChoice, choose_columns
from seqrec_tool_prepare.event_columns import EventColumn, event_columns
from seqrec_tool_prepare.external_ids import id_values, whole_text
from seqrec_tool_prepare.feature_choice import Feature
from seqrec_tool_prepare.list_rows import empty_lists, event_rows
from seqrec_tool_prepare.tables import ROW, Table

__all__ = ["Interactions", "interactions"]


@attrs.frozen
class Interactions:
    """A table and the columns of it that hold user, item and perhaps timestamp and rating.

    `whole` are the roles whose ids are whole numbers written as floats, `features` other columns
    that are kept of each event; `empty_lists` counts rows with a list of no items.
    """

    table: Table
    choice: ColumnChoice
    whole: frozenset[str] = frozenset()
    features: tuple[EventColumn, ...] = ()
    empty_lists: int = 0

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
        if self.table.has_blank_lines:
            frame = frame.filter(~pl.all_horizontal(pl.col(*roles).is_null()))
        return frame

    def check_type(self, role: str, expected: str, *types: pl.datatypes.DataTypeClass) -> None:
        """DataError unless the column of the role holds numbers, strings or one of the types."""
        dtype = self.table.frame.collect_schema()[self.columns[role]]
        if not (dtype.is_numeric() or dtype in (pl.String, *types)):
            raise self.table.fault(
                f"{role}s are {expected}, not {dtype}; convert them", column=self.columns[role]
            )

    def fault(
        self, role: str, row: int, message: str, remedy: str, *, missing: str = ""
    ) -> Exception:
        """The error for one cell; `missing` says how many have no value, where it has none."""
        column = self.columns[role]
        value = self.table.value(column, row)
        shown = repr(value) if len(repr(value)) <= 100 else f"{repr(value)[:100]}…"
        text = f"{shown} {message}"
        if value is None:
            text = f"no value{missing}"
        elif role in ("timestamp", "rating") and str(value).strip().lower() in MISSING:
            text = f"{shown} is no value{missing}"
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
    list in text, by default what the file's values suggest. Lists of items, with lists of times,
    ratings and features as long, are a history each.

    Raises DataError when a named column, or any for user or item, is missing, where one column
    would be two of user, item and time, and where lists of one history differ in length.
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
    lists = [name for role, name in choice.columns.items() if role != "user"]
    empty = empty_lists(table, choice.columns["item"])
    table = event_rows(table, choice.columns["item"], [*lists, *(each.name for each in features)])
    columns = event_columns(table, features, separator)
    return Interactions(table, choice, features=columns, empty_lists=empty)
