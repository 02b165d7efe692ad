"""What a spec of `bce` builds: both weights of items come from files."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_loss_bce.bce import BCE
from seqrec_loss_bce.from_spec import bce


def test_each_weight_is_its_own_column(tmp_path):
    pq.write_table(pa.table({"w": [1.0, 2.0], "p": [0.5, 4.0]}), tmp_path / "items.parquet")
    loss = bce("items.parquet:w", "items.parquet:p", tmp_path)
    assert isinstance(loss, BCE)
    assert loss.weight.tolist() == [1.0, 2.0]
    assert loss.pos_weight.tolist() == [0.5, 4.0]
    only_positives = bce(None, "items.parquet:p", tmp_path)
    assert only_positives.weight is None
    assert only_positives.pos_weight.tolist() == [0.5, 4.0]
    with pytest.raises(ValueError, match="no column 'v'"):
        bce("items.parquet:v", None, tmp_path)
