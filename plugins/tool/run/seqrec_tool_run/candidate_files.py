"""Reads candidates: one list of items for everybody, or pairs of a user and an item."""

import csv
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import torch

from seqrec_core.errors import DataError
from seqrec_core.vocabulary import read_table
from seqrec_tool_run.user_candidates import Ids, UserCandidates

PAIR = ("user", "item")
OWN = "a .csv or .parquet file with the columns user and item names candidates for each user"


def read_candidates(
    path: Path, items: pa.Array, users: pa.Table | None = None
) -> torch.Tensor | UserCandidates:
    """Item ids (C,) that a file names, one a line or as column `item` of parquet; or each user's.

    The latter of parquet or CSV with the columns `user` and `item`. `items` are the ids of the
    data, item number j at place j, and `users` its table of `query_id` and `user`; without that,
    users are numbers. Raises DataError for what they lack, and for what is named twice.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; give a file with one item a line; {OWN}")
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        table = read_table(path)
        if set(PAIR) <= set(table.column_names):
            return _of_pairs(path, table, items, users)
        if "item" not in table.column_names:
            raise DataError(f"{path} has no column 'item', only {table.column_names}; name it so")
        return _of_all(path, [str(item) for item in table["item"].to_pylist()], items)
    lines = _lines(path)
    if suffix == ".csv" and set(PAIR) <= set(next(csv.reader(lines[:1]), [])):
        return _of_pairs(path, _csv_table(path), items, users)
    return _of_all(path, lines, items)


def _of_all(path: Path, lines: Sequence[str], items: pa.Array) -> torch.Tensor:
    """Ids (C,) of the items that lines name."""
    ids = {str(item): number for number, item in enumerate(items.to_pylist())}
    numbers: dict[int, None] = {}
    for place, line in enumerate(lines, start=1):
        item = line if line in ids else line.strip()  # an id may have a space in front
        if not item:
            continue
        if item not in ids:
            raise DataError(
                f"{path}, line {place}: {item!r} is no item that the model knows; leave it out; "
                f"{OWN}"
            )
        if ids[item] in numbers:
            raise DataError(
                f"{path}, line {place}: {item!r} is named twice; name each item once; {OWN}"
            )
        numbers[ids[item]] = None
    if not numbers:
        raise DataError(f"{path} names no item; give one a line")
    return torch.tensor(list(numbers))


def _of_pairs(
    path: Path, table: pa.Table, items: pa.Array, users: pa.Table | None
) -> UserCandidates:
    """The candidates of each user that rows name."""
    if not len(table):
        raise DataError(f"{path} names no candidate; give a row for each user and item")
    names = {column: _texts(table[column]) for column in PAIR}
    places = _places(names["item"], items)
    queries = _queries(names["user"], users)
    _check_known(path, "item", names["item"], places, "no item that the model knows")
    _check_known(path, "user", names["user"], queries, "no user of the data")
    order = np.lexsort((places, queries))
    sames = (np.diff(queries[order]) == 0) & (np.diff(places[order]) == 0)
    if sames.any():
        row = int(order[1:][sames].min())
        item, user = names["item"][row].as_py(), names["user"][row].as_py()
        raise DataError(
            f"{path}, {_place(path, row)}: {item!r} is named twice for user {user!r}; name each "
            "item once a user"
        )
    return UserCandidates.of_pairs(queries, places, path)


def _queries(texts: pa.Array, users: pa.Table | None) -> Ids:
    """Query ids (N,) of users; -1 for those that are none."""
    if users is None:
        numbers = (int(text) if str(text).isdecimal() else -1 for text in texts.to_pylist())
        return np.fromiter(numbers, np.int64, len(texts))
    places = _places(texts, users["user"])
    known: Ids = users["query_id"].to_numpy().astype(np.int64)
    return np.where(places < 0, -1, known[places])


def _places(texts: pa.Array, vocabulary: pa.Array | pa.ChunkedArray) -> Ids:
    """Places (N,) in a vocabulary; -1 for what it lacks."""
    places = pc.index_in(texts, value_set=_texts(vocabulary), skip_nulls=True)
    ids: Ids = pc.fill_null(places, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return ids


def _texts(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Values as text, as Python writes them."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_integer(whole.type) or pa.types.is_string(whole.type):
        return whole.cast(pa.large_string())
    texts = [None if value is None else str(value) for value in whole.to_pylist()]
    return pa.array(texts, pa.large_string())


def _check_known(path: Path, what: str, texts: pa.Array, ids: Ids, fault: str) -> None:
    """Raises DataError for a text without an id."""
    unknown = np.flatnonzero(ids < 0)
    if len(unknown):
        row = int(unknown[0])
        raise DataError(
            f"{path}, {_place(path, row)}: {texts[row].as_py()!r} is {fault}; leave out such rows, "
            f"{len(unknown)} of {len(ids)}, or name each {what} as the data does"
        )


def _place(path: Path, row: int) -> str:
    """Where a row is, counted from 0 after the header, in words."""
    if path.suffix.lower() != ".csv":
        return f"row {row + 1}"
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        for _ in islice((line for line in reader if line), row + 2):
            pass
        return f"line {reader.line_num}"


def _csv_table(path: Path) -> pa.Table:
    """The columns user and item of a CSV file, as text."""
    columns = dict.fromkeys(PAIR, pa.large_string())
    options = pacsv.ConvertOptions(
        column_types=columns, include_columns=list(PAIR), strings_can_be_null=False
    )
    parsing = pacsv.ParseOptions(newlines_in_values=True)
    try:
        return pacsv.read_csv(path, parse_options=parsing, convert_options=options)
    except (pa.ArrowException, OSError) as cause:
        raise DataError(f"{path} cannot be read: {cause}; write it as CSV in UTF-8") from cause


def _lines(path: Path) -> list[str]:
    """The lines of a text file as they are, without the byte-order mark."""
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as cause:
        raise DataError(f"{path} is no text in UTF-8: {cause}; save it as UTF-8") from cause
