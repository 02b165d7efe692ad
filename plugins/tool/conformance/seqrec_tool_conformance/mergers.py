"""Conformance of context mergers."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from seqrec_core.contracts import ContextMergerProto
from seqrec_tool_conformance.batches import padding_mask
from seqrec_tool_conformance.encoders import embeddings
from seqrec_tool_conformance.journey_recipes import placed, two_tower_recipe
from seqrec_tool_conformance.sequences import SequenceConformance

__all__ = ["ContextMergerConformance"]


class ContextMergerConformance(SequenceConformance):
    """Checks of hidden states and features to hidden states of the same shape."""

    kind = "context_merger"
    contract = ContextMergerProto

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Within TwoTower."""
        return placed(two_tower_recipe(), "model.context_merger", raw)

    def inputs(self) -> dict[str, Any]:
        """Hidden states (B, L, D) and features."""
        real = padding_mask()
        return {"model_hidden_state": embeddings(real), "feature_tensors": self.events(real)}

    def sequence(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """Hidden states of the model, and features."""
        return {"model_hidden_state": embeddings(real, seed), **self.events(real, seed)}

    def states(self, merger: Any, sequence: dict[str, Tensor], real: Tensor) -> Tensor:
        """The merged states."""
        known = {name: sequence[name] for name in sorted(set(sequence) - {"model_hidden_state"})}
        merged: Tensor = merger(
            model_hidden_state=sequence["model_hidden_state"], feature_tensors=known
        )
        return merged
