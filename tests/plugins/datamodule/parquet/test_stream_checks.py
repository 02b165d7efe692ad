"""What a stream refuses to be told."""

import pyarrow as pa
import pytest
import torch
from seqrec_datamodule_parquet.metadata import column_formats
from seqrec_datamodule_parquet.stream_checks import (
    check_length_column,
    check_names,
    check_tie_column,
)

SCHEMA = pa.schema({"item_id": pa.large_list(pa.int64()), "query_id": pa.int64()})
FORMATS = column_formats({"item_id": {"shape": 5, "padding": 0}, "query_id": {}}, SCHEMA)


def test_a_mask_replaces_no_column():
    check_names(FORMATS, "{}_mask".format)
    with pytest.raises(ValueError, match="'query_id' is a column and the mask of 'item_id'"):
        check_names(FORMATS, lambda name: "query_id")
    with pytest.raises(ValueError, match="metadata names no column"):
        check_names({}, str)


def test_lengths_are_those_of_lists():
    check_length_column("item_id", True, FORMATS)
    check_length_column(None, False, FORMATS)
    with pytest.raises(ValueError, match="needs a length_column"):
        check_length_column(None, True, FORMATS)
    with pytest.raises(ValueError, match=r"'query_id'; it must be one of \['item_id'\]"):
        check_length_column("query_id", False, FORMATS)


def test_ties_are_drawn_among_times_by_a_seed():
    generator = torch.Generator()
    check_tie_column(None, None, SCHEMA)
    check_tie_column("item_id", generator, SCHEMA)
    with pytest.raises(ValueError, match="needs a generator"):
        check_tie_column("item_id", None, SCHEMA)
    with pytest.raises(ValueError, match="it must hold a list of times"):
        check_tie_column("query_id", generator, SCHEMA)
