"""Histories in a frame with a row an event, as a recommender takes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from seqrec_core.errors import DataError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

__all__ = ["Histories", "histories_of"]

_ROLES = ("user", "item", "timestamp")


class Histories(NamedTuple):
    """The users of a frame, in the order of their first rows, and the events of each by time."""

    users: "pa.Array"
    events: list[list[dict[str, Any]]]


def histories_of(
    file: Path, names: Mapping[str, str | None], usual: Mapping[str, str]
) -> Histories:
    """The histories in a parquet file; `names` has the columns of user, item and timestamp.

    Others have their `usual` names, where there are such columns, or else are found as `seqrec
    data prepare` finds them. Without a time the
    rows are in order. A row without an item is of a user without a history. Raises DataError where
    there is no such column, or a row lacks its user or its time.
    """
    import polars as pl
    from seqrec_tool_prepare.column_choice import choose_columns
    from seqrec_tool_prepare.tables import open_table

    table = open_table(file, "parquet")
    usual = {role: name for role, name in usual.items() if name in table.columns}
    columns = choose_columns(
        table, {role: names[role] or usual.get(role) for role in _ROLES}
    ).columns
    frame = pl.read_parquet(file)
    roles = {role: _ids(frame[columns[role]]) for role in _ROLES if role in columns}
    for role in ("user", "timestamp"):
        if role in roles and roles[role].null_count():
            place = f"column {columns[role]!r}, row {(roles[role].is_null().arg_max() or 0) + 1}"
            raise DataError(f"{file}, {place}: no value; give one, or leave the row out")
    others = [name for name in frame.columns if name not in (*columns.values(), *_ROLES)]
    rows = pl.DataFrame(roles).with_columns([frame[name] for name in others])
    events: dict[Any, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        own = events.setdefault(row.pop("user"), [])
        if row["item"] is not None:
            own.append(row)
    if "timestamp" in roles:
        for own in events.values():
            own.sort(key=_time)
    return Histories(roles["user"].unique(maintain_order=True).to_arrow(), [*events.values()])


def _ids(values: "pl.Series") -> "pl.Series":
    """Whole numbers as such: a column of ids with a gap is one of floats to pandas."""
    import polars as pl

    if not values.dtype.is_float():
        return values
    values = values.fill_nan(None)
    is_whole = ((values % 1 == 0) | values.is_null()).all()
    return values.cast(pl.Int64) if is_whole else values


def _time(event: Mapping[str, Any]) -> Any:
    """What events are sorted by: times as they are, text as the seconds that it stands for."""
    from seqrec_tool_recommend.event_histories import moment

    time = event["timestamp"]
    return moment(time, "column of the time") if isinstance(time, str) else time
