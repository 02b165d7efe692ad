"""Conformance of heads."""

from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import DotProduct, HeadProto
from seqrec_tool_conformance.batches import DIM, seeded
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.graphs import GraphConformance

__all__ = ["HeadConformance"]


def _drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=seeded(len(shape)))


class HeadConformance(GraphConformance):
    """Checks of hidden states and item embeddings to scores."""

    kind = "head"
    contract = HeadProto
    place = "model.head"

    def inputs(self) -> dict[str, Any]:
        """Hidden states (B, D) and items (I, D)."""
        return {"hidden_states": _drawn(4, DIM), "item_embeddings": _drawn(5, DIM)}

    def test_there_is_one_score_an_item(self) -> None:
        head = self.build()
        shape = tuple(head(**self.inputs()).shape)
        assert shape == (4, 5), f"4 hidden states and 5 items give scores {shape}, not (4, 5)"

    def test_users_can_have_items_of_their_own(self) -> None:
        head, hidden = self.build(), self.inputs()["hidden_states"]
        items = _drawn(4, 5, DIM)
        scores = head(hidden, items)
        assert scores.shape == (4, 5), f"items (B, I, D) give scores {tuple(scores.shape)}"
        each = torch.stack([head(hidden[i : i + 1], items[i])[0] for i in range(4)])
        assert_close(scores, each, "items (B, I, D) score otherwise than one user at a time")

    def test_an_item_scores_the_same_among_any_others(self) -> None:
        head, inputs = self.build(), self.inputs()
        places = torch.tensor([3, 1])
        some = head(inputs["hidden_states"], inputs["item_embeddings"][places])
        expected = head(**inputs)[:, places]
        assert_close(some, expected, "the score of an item depends on which others are scored")

    def test_users_do_not_see_each_other(self) -> None:
        head, inputs = self.build(), self.inputs()
        alone = head(inputs["hidden_states"][:1], inputs["item_embeddings"])
        assert_close(alone, head(**inputs)[:1], "other users change a user's scores")

    def test_dot_product_means_what_it_says(self) -> None:
        head, inputs = self.build(), self.inputs()
        says_so = head.is_dot_product() if isinstance(head, DotProduct) else None
        if says_so:
            products = inputs["hidden_states"] @ inputs["item_embeddings"].T
            what = "is_dot_product() is true, but scores are others"
            assert_close(head(**inputs), products, what)
