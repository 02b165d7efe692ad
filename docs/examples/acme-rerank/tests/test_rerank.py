"""The numbers, against formulas of their own."""

import torch
from acme_rerank.bag import Bag
from acme_rerank.familiar import Familiar
from acme_rerank.rerank import Rerank
from seqrec_tool_conformance.scorers import DotHead


def test_known_items_get_the_boost_once():
    logits = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])
    items, history = torch.tensor([8, 2, 5]), torch.tensor([[2, 2, 9], [9, 9, 8]])
    assert Familiar(10.0)(logits, items, history).tolist() == [[0, 11, 2], [13, 4, 5]]
    assert logits.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_the_postprocessor_names_the_columns_and_pads_the_history():
    given = []

    class Spy(torch.nn.Module):
        def forward(self, logits, items, history):
            given.append((items.tolist(), history.tolist()))
            return logits

    rerank, batch = Rerank(Spy(), 7, "seen_ids"), {"seen_ids": torch.tensor([[-1, 3]])}
    rerank.on_prediction(batch, torch.zeros(1, 7))
    rerank.on_validation({**batch, "candidates_to_score": torch.tensor([6, 2])}, torch.zeros(1, 2))
    assert given == [([0, 1, 2, 3, 4, 5, 6], [[7, 3]]), ([6, 2], [[7, 3]])]


def test_the_bag_is_a_mean_of_events_reranked():
    torch.manual_seed(0)
    bag = Bag(4, 6, "item_id", DotHead(), torch.nn.Identity(), Familiar(2.0)).eval()
    events, real = torch.tensor([[6, 1, 3]]), torch.tensor([[False, True, True]])
    table = bag.items.weight.detach()[:6]
    scores = table @ ((table[1] + table[3]) / 2)
    scores[[1, 3]] += 2.0
    torch.testing.assert_close(bag({"item_id": events}, real)["logits"][0].detach(), scores)
