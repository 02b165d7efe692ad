"""A process group of this process alone, in which tables are shared out all the same."""

import pytest
from torch import distributed


@pytest.fixture
def group(tmp_path):
    place = f"file://{tmp_path / 'meeting'}"
    distributed.init_process_group("gloo", place, rank=0, world_size=1)
    yield
    distributed.destroy_process_group()
