"""What every reranker is held to."""

from collections.abc import Mapping
from typing import Any

import torch
from seqrec_tool_conformance import GraphConformance
from seqrec_tool_conformance.batches import V, seeded
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.journey_recipes import sasrec_recipe

from acme_rerank.kind import RerankerProto


class RerankerConformance(GraphConformance):
    """Checks of logits (B, C) to new logits, by the history of each user."""

    kind = "reranker"
    contract = RerankerProto

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """A bag of events with the reranker."""
        return {**sasrec_recipe(), "model": {"type": "acme-rerank:bag", "reranker": raw}}

    def inputs(self) -> dict[str, Any]:
        """The scores of all items for three users, one without a history."""
        history = torch.tensor([[3, 5, 3], [V, V, 7], [V, V, V]])
        logits = torch.randn(3, V, generator=seeded())
        return {"logits": logits, "items": torch.arange(V), "history": history}

    def test_an_item_gets_the_same_among_any_others(self) -> None:
        inputs, some = self.inputs(), torch.randperm(V, generator=seeded(1))[:40]
        few = {**inputs, "logits": inputs["logits"][:, some], "items": some}
        logits, expected = self.run(self.build(), few), self.run(self.build())[:, some]
        assert_close(logits, expected, "candidates get other scores than among all items")

    def test_padding_does_not_matter(self) -> None:
        inputs = self.inputs()
        longer = torch.nn.functional.pad(inputs["history"], (2, 0), value=V)
        logits = self.run(self.build(), {**inputs, "history": longer})
        assert_close(logits, self.run(self.build()), "padding of the history changes scores")
