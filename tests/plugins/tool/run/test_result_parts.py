"""A result in parts: the same at a path, at file:// and in a store."""

import pickle

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_run.part_names import MARKER, part_name
from seqrec_tool_run.result_parts import begun


@pytest.mark.parametrize("scheme", ["", "file://", "memory:/"])
def test_a_later_result_takes_the_place_of_an_earlier_one(tmp_path, scheme):
    place = f"{scheme}{tmp_path}/top"
    for row in (1, 2):
        with begun(place) as parts:
            name = part_name(0)
            with pickle.loads(pickle.dumps(parts)).written(name) as path:
                pq.write_table(pa.table({"row": [row]}), path)
            with parts.opened(name) as source:
                assert pq.read_table(source)["row"].to_pylist() == [row]
            parts.commit([name], 1)
    system, root = fsspec.url_to_fs(place)
    assert sorted(path.removeprefix(f"{root}/") for path in system.find(root)) == [MARKER, name]
    with system.open(f"{root}/{name}", "rb") as file:
        assert pq.read_table(file)["row"].to_pylist() == [2]
