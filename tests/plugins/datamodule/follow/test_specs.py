"""What the spec of a stream says of data that is there, or not yet."""

import pytest
from seqrec_datamodule_follow.specs import FollowModuleSpec
from seqrec_tool_run.following import NamesStream
from tiny_parquet import SCHEMA, write_folder


@pytest.fixture
def spec(tmp_path, monkeypatch):
    write_folder(tmp_path)
    monkeypatch.chdir(tmp_path)
    return FollowModuleSpec(
        stream="stream", max_sequence_length=6, item_feature_name="item_id", transforms={}
    )


def test_it_names_its_stream(spec):
    assert isinstance(spec, NamesStream)
    assert spec.stream_place() == "stream"


def test_a_stream_that_is_not_there_yet_may_have_any_column(spec):
    assert not spec.data_faults(SCHEMA)
    assert {"item_id", "item_id_mask"} <= spec.offers(SCHEMA).columns["train"]


def test_the_newest_file_of_a_stream_is_looked_at(spec, add):
    add("1.parquet", 0, 9)
    add("_2.parquet", 0, 9, item=200)
    assert not spec.data_faults(SCHEMA)
    assert spec.offers(SCHEMA).columns["train"] == {
        *("item_id", "item_id_mask", "query_id", "query_id_mask")
    }
    add("2.parquet", 0, 9, item=200)
    (fault,) = spec.data_faults(SCHEMA)
    assert "2.parquet: column 'item_id', row 8: 200 is no id" in fault


def test_ties_are_drawn_only_where_rows_are_shuffled():
    spec = FollowModuleSpec(
        tie_column="time", shuffle=False, max_sequence_length=6, item_feature_name="item_id"
    )
    assert [field for field, _ in spec.check()] == ["tie_column"]
