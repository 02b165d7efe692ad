"""Which bytes of a remote file are asked for."""

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from seqrec_datamodule_parquet.remote_parquet import RemoteParquet


def test_only_the_chosen_columns_of_a_row_group_are_asked_for(monkeypatch, tmp_path):
    rows = 60_000
    table = pa.table({
        "a": range(rows), "unread": [f"{number:040}" for number in range(rows)],
        "b": [[number, number + 1] for number in range(rows)],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "t", row_group_size=rows // 2, use_dictionary=["b"])
    system = fsspec.filesystem("memory")
    system.put_file(str(tmp_path / "t"), "/t")
    remote, asked = RemoteParquet(system), []
    cat = type(system).cat_ranges

    def noted(self, paths, starts, ends, **kwargs):
        asked.extend(zip(starts, ends, strict=True))
        return cat(self, paths, starts, ends, **kwargs)

    monkeypatch.setattr(type(system), "cat_ranges", noted)
    footer = remote.footer("/t")
    size = (tmp_path / "t").stat().st_size
    assert asked == [(size - 2**16, size)]
    asked.clear()
    read = remote.read_row_group("/t", 1, ["b", "a"], footer)
    assert read["a"].equals(table["a"].slice(rows // 2))
    assert read["b"].to_pylist() == table["b"].slice(rows // 2).to_pylist()
    group = footer.row_group(1)
    chunks = [group.column(number) for number in range(group.num_columns)]
    needed = {c.path_in_schema: c.total_compressed_size for c in chunks}
    assert sum(end - start for start, end in asked) == size_of(needed, "a", "b")
    system.store.clear()


def size_of(needed, *columns):
    """Bytes of columns that lie far apart."""
    return sum(size for path, size in needed.items() if path.partition(".")[0] in columns)
