"""Conformance of aggregators."""

from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import AggregatorProto
from seqrec_tool_conformance.batches import DIM, LONGEST, seeded
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.graphs import GraphConformance

__all__ = ["AggregatorConformance"]


class AggregatorConformance(GraphConformance):
    """Checks of several embeddings (B, L, D_i) to one, (B, L, D)."""

    kind = "aggregator"
    contract = AggregatorProto
    place = "model.aggregator"

    def inputs(self) -> dict[str, Any]:
        """An embedding of each sequence feature of the schema."""
        return {"feature_tensors": self.embedded(6)}

    def embedded(self, length: int) -> dict[str, Tensor]:
        """Embeddings (B, L, D) of the last `length` events, the same for any length."""
        draw = seeded()
        names = self.subject.schema.sequential_features.names
        drawn = {name: torch.randn(4, LONGEST, DIM, generator=draw) for name in names}
        return {name: tensor[:, LONGEST - length :] for name, tensor in drawn.items()}

    def test_the_result_has_the_size_it_says(self) -> None:
        aggregator = self.build()
        shape, expected = tuple(aggregator(**self.inputs()).shape), (4, 6, aggregator.embedding_dim)
        assert shape == expected, f"the result is {shape}, embedding_dim says {expected}"

    def test_the_order_of_features_does_not_matter(self) -> None:
        aggregator, embedded = self.build(), self.embedded(6)
        turned = dict(reversed(embedded.items()))
        assert_close(
            aggregator(turned),
            aggregator(embedded),
            "features in another order give another result",
        )

    def test_a_shorter_sequence_has_the_same_last_embeddings(self) -> None:
        aggregator = self.build()
        assert_close(
            aggregator(self.embedded(3)),
            aggregator(self.embedded(6))[:, 3:],
            "a batch without its first positions gives other embeddings at the last ones; count "
            "positions from the end",
        )

    def test_positions_do_not_see_each_other(self) -> None:
        aggregator, embedded = self.build(), self.embedded(6)
        last = {name: tensor.clone() for name, tensor in embedded.items()}
        for tensor in last.values():
            tensor[:, -1] += 1
        actual, expected = aggregator(last)[:, :-1], aggregator(embedded)[:, :-1]
        assert_close(actual, expected, "changing the last event changes earlier embeddings")
