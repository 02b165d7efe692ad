"""Conformance of context mergers."""

from typing import Any

from torch import Tensor

from seqrec_tool_conformance.batches import features, padding_mask
from seqrec_tool_conformance.encoders import embeddings
from seqrec_tool_conformance.sequences import SequenceConformance

__all__ = ["ContextMergerConformance"]


class ContextMergerConformance(SequenceConformance):
    """Checks of hidden states and features to hidden states of the same shape."""

    kind = "context_merger"

    def inputs(self) -> dict[str, Any]:
        """Hidden states (B, L, D) and features."""
        real = padding_mask()
        return {"model_hidden_state": embeddings(real), "feature_tensors": features(real)}

    def events(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """Hidden states of the model, and features."""
        return {"model_hidden_state": embeddings(real, seed), **features(real, seed)}

    def states(self, merger: Any, events: dict[str, Tensor], real: Tensor) -> Tensor:
        """The merged states."""
        known = {name: events[name] for name in sorted(set(events) - {"model_hidden_state"})}
        merged: Tensor = merger(
            model_hidden_state=events["model_hidden_state"], feature_tensors=known
        )
        return merged
