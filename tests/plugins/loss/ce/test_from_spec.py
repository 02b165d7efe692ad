"""What a spec of a cross-entropy loss builds: every setting arrives, weights come from files."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_loss_ce.ce import CE, CESampled
from seqrec_loss_ce.from_spec import ce, ce_sampled

SETTINGS = {"ignore_index": -7, "reduction": "sum", "label_smoothing": 0.25}
CASES = [
    (ce, CE, {**SETTINGS, "backend": "torch"}),
    (ce_sampled, CESampled, {**SETTINGS, "negative_labels_ignore_index": -3, "logq": "both"}),
]
each = pytest.mark.parametrize(("constructor", "cls", "settings"), CASES)


@each
def test_settings_arrive_and_weights_are_numbers_of_the_column(
    tmp_path, constructor, cls, settings
):
    pq.write_table(pa.table({"w": [1.0, 2.0, 0.5]}), tmp_path / "items.parquet")
    loss = constructor(weight="items.parquet:w", data_dir=tmp_path, **settings)
    assert type(loss) is cls
    assert loss.weight.tolist() == [1.0, 2.0, 0.5]
    assert {name: getattr(loss, name) for name in settings} == settings


@each
def test_without_a_file_there_are_no_weights(constructor, cls, settings):
    assert constructor(weight=None, data_dir=None, **settings).weight is None


@each
def test_a_file_that_is_not_there_is_named(tmp_path, constructor, cls, settings):
    with pytest.raises(ValueError, match=r"'items\.parquet:w': no file"):
        constructor(weight="items.parquet:w", data_dir=tmp_path, **settings)
