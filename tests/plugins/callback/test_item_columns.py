"""What ranks takes column j of the logits for item j, and says so where that is wrong."""

import pytest
import torch
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_top_items.tensors import TorchTopItemsCallback
from seqrec_model_sasrec.sasrec import SasRec
from seqrec_trainer_lightning.lightning_module import LightningModule

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

BATCH = {
    "query_id": torch.tensor([5]),
    "feature_tensors": {"item_id": torch.tensor([[2, 1, 3]])},
    "padding_mask": torch.ones(1, 3, dtype=torch.bool),
    "ground_truth": torch.tensor([[4]]),
}


def module(padding_value):
    item = TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=6,
        padding_value=padding_value,
    )
    sizes = {"embedding_dim": 4, "num_heads": 1, "num_blocks": 1, "max_sequence_length": 3}
    return LightningModule(SasRec.from_params(TensorSchema([item]), **sizes))


@pytest.mark.filterwarnings("ignore:.*pads with 0")
def test_ids_that_padding_shifts_are_refused_before_anything_is_ranked(trainer, loader):
    shifted = module(padding_value=0)
    with pytest.raises(ValueError, match="pads with 0, so columns of the logits are not item ids"):
        trainer(TorchTopItemsCallback(2)).predict(shifted, loader([BATCH]))
    with pytest.raises(ValueError, match="pads with 0, so columns of the logits are not item ids"):
        trainer(ComputeMetricsCallback()).validate(shifted, loader([BATCH]), verbose=False)


def test_padding_after_the_items_shifts_nothing(trainer, loader):
    model, callback = module(padding_value=6), TorchTopItemsCallback(6)
    trainer(callback).predict(model, loader([BATCH]))
    _, items, _ = callback.get_result()
    assert sorted(items[0].tolist()) == [0, 1, 2, 3, 4, 5]
