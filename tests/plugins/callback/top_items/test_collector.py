"""What all collectors of recommendations share, without a trainer."""

import subprocess
import sys

import pytest
import torch
from seqrec_callback_top_items.pandas_collector import PandasTopItems
from seqrec_callback_top_items.tensor_collector import TorchTopItems
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter

from seqrec_core.contracts import WriterProto


def test_they_keep_the_contract_of_writers():
    assert isinstance(TorchTopItems(1), WriterProto)


def test_a_reset_forgets_what_was_collected(collected, batches):
    collector = TorchTopItems(1)
    collected(collector, batches)
    collector.reset()
    users, _, _ = collected(collector, batches[1:])
    assert users.tolist() == [9]


def test_candidates_of_the_batch_name_the_columns(collected, batches):
    candidates = torch.tensor([10, 30, 20, 40])
    seen = torch.tensor([[30], [40]])
    batch = batches[0] | {"seen_ids": seen, "candidates_to_score": candidates}
    _, items, _ = collected(TorchTopItems(2, [SeenItemsFilter(50)]), [batch])
    assert items.tolist() == [[10, 20], [20, 30]]


def test_a_batch_and_its_logits_stay_as_they_are(collected, batches):
    before = [{name: column.clone() for name, column in batch.items()} for batch in batches]
    collected(TorchTopItems(2, [SeenItemsFilter(4)]), batches)
    for batch, old in zip(batches, before, strict=True):
        assert batch.keys() == old.keys()
        assert all(torch.equal(batch[name], column) for name, column in old.items())


def test_a_batch_without_users_is_named_and_not_collected():
    collector = PandasTopItems(1, "user", "item")
    with pytest.raises(KeyError, match=r"'user'.*logits"):
        collector.update({"logits": torch.ones(1, 2)}, {"logits": torch.ones(1, 2)})
    with pytest.raises(RuntimeError, match="nothing was predicted"):
        collector.get_result()


@pytest.mark.slow
def test_lightning_stays_out():
    code = """
import sys, seqrec_callback_top_items.pandas_collector
print([name for name in sys.modules if "lightning" in name])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
