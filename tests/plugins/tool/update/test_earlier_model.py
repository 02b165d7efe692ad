"""The model as it was: unknown events leave histories, unknown items rank last."""

import torch
from seqrec_library_kernels.answers import Answers
from seqrec_tool_update.earlier_model import EarlierModel, KnownHistories
from torch import nn


class Scores(nn.Module):
    def forward(self, feature_tensors):
        return {"logits": feature_tensors["score"], "hidden_states": ()}


class Data:
    def transform(self, split, batch):
        return batch


def test_new_items_score_below_all_others():
    score = torch.tensor([[-1e9, 2.0, 9.0, 8.0]])
    answer = Answers(EarlierModel(Scores(), 2).eval())({"feature_tensors": {"score": score}})
    assert answer["logits"][0, :2].tolist() == [-1e9, 2.0]
    assert (answer["logits"][0, 2:] < -1e9).all()
    assert score[0, 2] == 9.0


def test_known_events_move_together_with_all_that_is_known_of_them():
    items = torch.tensor([[7, 0, 5, 1], [5, 6, 5, 6]])
    mask = torch.tensor([[False, True, True, True], [True, True, True, True]])
    pairs = torch.arange(16).reshape(2, 4, 2)
    batch = {
        "item": items,
        "item_mask": mask,
        "pair": pairs,
        "pair_mask": mask,
        "user": items[:, 0],
    }
    known = KnownHistories(Data(), "item", known=5, padding=7).transform("test", batch)
    assert known["item"].tolist() == [[7, 7, 0, 1], [7, 7, 7, 7]]
    assert known["item_mask"].tolist() == [[False, False, True, True], [False] * 4]
    assert known["pair"][0, 2:].tolist() == [[2, 3], [6, 7]]
    assert known["pair_mask"].tolist() == known["item_mask"].tolist()
    assert torch.equal(batch["item"], items)
    assert known["user"] is batch["user"]
