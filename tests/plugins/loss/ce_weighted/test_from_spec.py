"""What a spec of a weighted cross-entropy builds: every setting arrives, weights from files."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_loss_ce_weighted.ce_weighted import CESampledWeighted, CEWeighted
from seqrec_loss_ce_weighted.from_spec import ce_sampled_weighted, ce_weighted

SETTINGS = {"feature_name": "clicks", "ignore_index": -7, "label_smoothing": 0.25}
CASES = [
    (ce_weighted, CEWeighted, {**SETTINGS, "backend": "torch", "normalize": "weights"}),
    (
        ce_sampled_weighted,
        CESampledWeighted,
        {
            **SETTINGS,
            "negative_labels_ignore_index": -3,
            "logq": "negatives",
            "normalize": "weights",
        },
    ),
]


@pytest.mark.parametrize(("constructor", "cls", "settings"), CASES)
def test_settings_arrive_and_weights_are_numbers_of_the_column(
    tmp_path, constructor, cls, settings
):
    pq.write_table(pa.table({"w": [1.0, 2.0, 0.5]}), tmp_path / "items.parquet")
    loss = constructor(weight="items.parquet:w", data_dir=tmp_path, **settings)
    assert type(loss) is cls
    assert loss.weight.tolist() == [1.0, 2.0, 0.5]
    assert {name: getattr(loss, name) for name in settings} == settings
    assert constructor(weight=None, data_dir=None, **settings).weight is None
    with pytest.raises(ValueError, match=r"'other\.parquet:w': no file"):
        constructor(weight="other.parquet:w", data_dir=tmp_path, **settings)
