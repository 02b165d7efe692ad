"""What a spec of a grouped cross-entropy builds: every setting arrives, weights from a file."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_loss_grouped.from_spec import grouped_ce_sampled

SETTINGS = {
    "logical_batch_size": 5,
    "negative_labels_ignore_index": -3,
    "ignore_index": -7,
    "label_smoothing": 0.25,
    "logq": "both",
}


def test_settings_arrive_and_weights_are_numbers_of_the_column(tmp_path):
    pq.write_table(pa.table({"w": [1.0, 2.0, 0.5]}), tmp_path / "items.parquet")
    loss = grouped_ce_sampled(weight="items.parquet:w", data_dir=tmp_path, **SETTINGS)
    assert loss.weight.tolist() == [1.0, 2.0, 0.5]
    assert {name: getattr(loss, name) for name in SETTINGS} == SETTINGS
    assert grouped_ce_sampled(weight=None, data_dir=None, **SETTINGS).weight is None
    with pytest.raises(ValueError, match=r"'other\.parquet:w': no file"):
        grouped_ce_sampled(weight="other.parquet:w", data_dir=tmp_path, **SETTINGS)
