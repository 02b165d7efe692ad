"""What a spec of a log-out loss builds: every setting arrives, class weights come from files."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_loss_logout.from_spec import log_out_ce, log_out_ce_weighted
from seqrec_loss_logout.logout import LogOutCE, LogOutCEWeighted

SETTINGS = {
    "cardinality": 11,
    "negative_labels_ignore_index": -3,
    "ignore_index": -7,
    "label_smoothing": 0.25,
}
CASES = [
    (log_out_ce, LogOutCE, {**SETTINGS, "reduction": "sum"}),
    (
        log_out_ce_weighted,
        LogOutCEWeighted,
        {**SETTINGS, "feature_name": "clicks", "normalize": "weights"},
    ),
]


@pytest.mark.parametrize(("constructor", "cls", "settings"), CASES)
def test_settings_arrive_and_weights_are_numbers_of_the_column(
    tmp_path, constructor, cls, settings
):
    pq.write_table(pa.table({"w": [1.0, 2.0, 0.5]}), tmp_path / "classes.parquet")
    loss = constructor(weight="classes.parquet:w", data_dir=tmp_path, **settings)
    assert type(loss) is cls
    assert loss.weight.tolist() == [1.0, 2.0, 0.5]
    assert {name: getattr(loss, name) for name in settings} == settings
    assert constructor(weight=None, data_dir=None, **settings).weight is None
    with pytest.raises(ValueError, match=r"'other\.parquet:w': no file"):
        constructor(weight="other.parquet:w", data_dir=tmp_path, **settings)
