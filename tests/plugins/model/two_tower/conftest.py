"""The items of the small catalogue in a folder, and a model that reads them."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_reader_features.features_reader import FeaturesReader
from small_two_tower import ITEMS, SCHEMA, two_tower


@pytest.fixture
def folder(tmp_path):
    pq.write_table(pa.table(ITEMS), tmp_path / "items.parquet")
    return tmp_path


@pytest.fixture
def reader(folder):
    return FeaturesReader(SCHEMA, None, str(folder / "items.parquet"))


@pytest.fixture
def model(reader):
    return two_tower(reader)
