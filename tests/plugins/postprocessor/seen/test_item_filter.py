"""What drops items of a user, whichever they are."""

import pytest
import torch
from seqrec_postprocessor_seen.item_filter import ItemFilter, PostprocessorBase

from seqrec_core.contracts import PostprocessorProto


class Banned(ItemFilter):
    """Drops what the batch says."""

    def excluded_items(self, batch):
        return batch["banned"]


@pytest.mark.parametrize("stage", ["on_prediction", "on_validation"])
def test_excluded_items_lose_their_score_and_nothing_else_changes(stage):
    logits = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    before = logits.clone()
    banned = torch.tensor([[2, -1], [0, 3]])  # a negative id is padding
    result = getattr(Banned(), stage)({"banned": banned}, logits)
    dropped = torch.tensor([[False, False, True, False], [True, False, False, True]])
    assert torch.equal(result.isneginf(), dropped)
    assert torch.equal(result[~dropped], logits[~dropped])
    assert torch.equal(logits, before)


def test_candidates_of_the_batch_name_the_columns():
    batch = {"banned": torch.tensor([[7, 1]]), "candidates_to_score": torch.tensor([9, 7])}
    assert Banned().on_prediction(batch, torch.zeros(1, 2)).isneginf().tolist() == [[False, True]]


def test_a_filter_cannot_override_what_callbacks_do_not_call():
    with pytest.raises(TypeError, match=r"on_prediction.*subclass PostprocessorBase"):

        class Sneaky(Banned):
            def on_prediction(self, batch, logits):
                return logits


def test_a_filter_satisfies_the_protocol():
    assert issubclass(ItemFilter, PostprocessorBase)
    assert isinstance(Banned(), PostprocessorProto)
