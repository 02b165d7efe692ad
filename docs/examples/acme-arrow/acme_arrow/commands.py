"""`seqrec arrow prepare`; imports Arrow only when it runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

HELP = "Arrow files that models train on."


def prepare(
    log: Annotated[Path, typer.Argument(help="CSV with the columns user, item, timestamp.")],
    out: Annotated[Path, typer.Option(help="The data folder to write into.")],
) -> None:
    """Write the Arrow files of a log, without users of fewer than three events."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv, feather
    from seqrec_core.errors import DataError

    table = csv.read_csv(log)
    if missing := {"user", "item", "timestamp"} - {*table.column_names}:
        raise DataError(f"{log} has no column {min(missing)!r}, only {table.column_names}")
    table = table.sort_by([("user", "ascending"), ("timestamp", "ascending")])
    users = table["user"].combine_chunks().dictionary_encode().indices.to_numpy()
    table = table.filter(pa.array(np.bincount(users)[users] >= 3)).combine_chunks()
    coded = [table[name].chunk(0).dictionary_encode() for name in ("user", "item")]
    users, ids = (column.indices.to_numpy().astype(np.int64) for column in coded)
    ends = np.append(0, np.bincount(users).cumsum())
    lists = pa.LargeListArray.from_arrays(pa.array(ends), pa.array(ids))
    trained = np.delete(ids, np.concatenate([ends[1:] - 1, ends[1:] - 2]))
    names, items = (column.dictionary for column in coded)
    tables = {
        "sequences": {"query_id": np.arange(len(names)), "user": names, "item_id": lists},
        "items": {"item": items, "count": np.bincount(trained, minlength=len(items))},
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, columns in tables.items():
        feather.write_feather(pa.table(columns), str(out / f"{name}.arrow"), "uncompressed")
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": len(items)}
    (out / "schema.json").write_text(json.dumps({"features": [item]}))
    (out / "defaults.json").write_text(json.dumps({"data": {"type": "acme-arrow:arrow"}}))
    print(f"{len(ids):,} events of {len(names):,} users and {len(items):,} items: {out}")
