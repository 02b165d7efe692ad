"""Aggregation of features plus position embeddings."""

from collections.abc import Mapping
from typing import Literal

import torch
from seqrec_library_kernels.dropout import Dropout
from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor, nn

from seqrec_core.contracts import AggregatorProto, Resettable

__all__ = ["PositionAwareAggregator"]


class PositionAwareAggregator(nn.Module):
    """Aggregates features, multiplies by sqrt(D) and adds an embedding of each position.

    With alignment "right" the last event always has the last position, so that a batch gives
    the same numbers however much padding stands on its left. With "left" the leftmost column
    has the first position; both are equal at max_sequence_length.

    Source: Kang and McAuley, "Self-Attentive Sequential Recommendation", arXiv:1808.09781, eq. 1.
    """

    def __init__(
        self,
        embedding_aggregator: AggregatorProto,
        max_sequence_length: int,
        dropout: float,
        alignment: Literal["right", "left"] = "right",
    ):
        super().__init__()
        if alignment not in ("right", "left"):
            raise ValueError(f"unknown alignment {alignment!r}; choose 'right' or 'left'")
        self.embedding_aggregator = embedding_aggregator
        self.alignment = alignment
        dim = embedding_aggregator.embedding_dim
        self.position_embeddings = nn.Parameter(torch.empty(max_sequence_length, dim))
        self.dropout = Dropout(dropout)
        nn.init.xavier_normal_(self.position_embeddings)

    def reset_parameters(self) -> None:
        """Draws Xavier-normal position embeddings, and the aggregator's weights."""
        aggregator = unwrap(self.embedding_aggregator)
        if isinstance(aggregator, Resettable):
            aggregator.reset_parameters()
        nn.init.xavier_normal_(self.position_embeddings)

    @property
    def embedding_dim(self) -> int:
        """Size of the result."""
        return self.embedding_aggregator.embedding_dim

    def forward(self, feature_tensors: Mapping[str, Tensor]) -> Tensor:
        """Maps tensors (B, L, D_i) to (B, L, D).

        Raises ValueError for more than max_sequence_length positions.
        """
        events = self.embedding_aggregator(feature_tensors)
        longest, length = self.position_embeddings.size(0), events.size(1)
        if length > longest:
            raise ValueError(
                f"sequences of {length} events are longer than max_sequence_length {longest}; "
                "trim them, or raise max_sequence_length"
            )
        first = longest - length if self.alignment == "right" else 0
        positions = self.position_embeddings[first : first + length]
        output: Tensor = self.dropout(torch.add(positions, events, alpha=self.embedding_dim**0.5))
        return output
