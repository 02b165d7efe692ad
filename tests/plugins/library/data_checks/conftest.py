"""The good data folder of damaged_data, and its schema."""

import pytest
from damaged_data import FEATURES, Damage

from seqrec_core.session import read
from seqrec_core.spec import SchemaSpec


@pytest.fixture
def folder(tmp_path):
    """Writes the good folder with one change; the path."""

    def written(change=lambda tables: None):
        Damage("", "", "", "", None, change).write(tmp_path / "data")
        return tmp_path / "data"

    return written


@pytest.fixture(scope="session")
def schema():
    return read({"features": FEATURES}, SchemaSpec).tensor_schema()
