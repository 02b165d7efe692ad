"""The numbers, against a formula of their own."""

from types import SimpleNamespace

import torch

from seqrec_callback_coverage.coverage_csv import CoverageCsv


class DropItem:
    """A filter that never lets one item through."""

    def __init__(self, item):
        self.item = item

    def on_validation(self, batch, logits):
        columns = torch.arange(logits.size(1))
        return logits.masked_fill(columns == self.item, -torch.inf)


def trainer(folder, epoch, sanity_checking=False):
    return SimpleNamespace(
        strategy=SimpleNamespace(reduce=lambda tensor, reduce_op: tensor),
        default_root_dir=folder,
        current_epoch=epoch,
        sanity_checking=sanity_checking,
        is_global_zero=True,
    )


def validate(callback, trainer, *batches):
    module = SimpleNamespace(device="cpu")
    callback.on_validation_epoch_start(trainer, module)
    for logits in batches:
        callback.on_validation_batch_end(trainer, module, {"logits": logits}, {}, 0)
    callback.on_validation_epoch_end(trainer, module)


def test_each_epoch_writes_the_share_of_items_in_any_list(tmp_path):
    torch.manual_seed(0)
    callback = CoverageCsv("coverage.csv", 2, (), 8)
    lines = ["epoch,items,coverage"]
    for epoch in range(3):
        batches = torch.randn(2, 3, 8)
        validate(callback, trainer(tmp_path, epoch), *batches)
        rows = [scores.tolist() for batch in batches for scores in batch]
        lists = [sorted(range(8), key=row.__getitem__)[-2:] for row in rows]
        items = len({item for best in lists for item in best})
        lines.append(f"{epoch + 1},{items},{items / 8}")
    assert (tmp_path / "coverage.csv").read_text().split() == lines


def test_what_a_filter_drops_is_not_counted(tmp_path):
    callback = CoverageCsv("coverage.csv", 3, (DropItem(0), DropItem(1)), 3)
    validate(callback, trainer(tmp_path, 0), torch.tensor([[3.0, 2.0, 1.0]]))
    assert callback.rows == [{"epoch": 1, "items": 1, "coverage": 1 / 3}]


def test_a_resumed_run_goes_on_with_the_same_file(tmp_path):
    callback, resumed = (CoverageCsv("coverage.csv", 1, (), 4) for _ in range(2))
    validate(callback, trainer(tmp_path, 0), torch.eye(4))
    resumed.load_state_dict(callback.state_dict())
    validate(resumed, trainer(tmp_path, 1), torch.eye(4)[:1])
    text = (tmp_path / "coverage.csv").read_text()
    assert text.split() == ["epoch,items,coverage", "1,4,1.0", "2,1,0.25"]


def test_the_check_before_training_is_no_epoch(tmp_path):
    callback = CoverageCsv("coverage.csv", 1, (), 4)
    validate(callback, trainer(tmp_path, 0, sanity_checking=True), torch.eye(4))
    assert callback.rows == []
    assert not list(tmp_path.iterdir())
