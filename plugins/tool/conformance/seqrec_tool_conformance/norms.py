"""Conformance of normalisations."""

from typing import Any

import torch

from seqrec_core.contracts import NormalizerProto
from seqrec_tool_conformance.batches import DIM, seeded
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.graphs import GraphConformance

__all__ = ["NormConformance"]


class NormConformance(GraphConformance):
    """Checks of hidden states (..., D) to hidden states (..., D)."""

    kind = "norm"
    contract = NormalizerProto
    place = "model.norm"

    def inputs(self) -> dict[str, Any]:
        """Hidden states (B, L, D)."""
        return {"hidden_states": torch.randn(4, 6, DIM, generator=seeded())}

    def arguments(self, inputs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """By position: what the parameter is called is the norm's own affair."""
        return (inputs["hidden_states"],), {}

    def test_the_shape_stays(self) -> None:
        norm, states = self.build(), self.inputs()["hidden_states"]
        for some in (states, states[:, -1]):
            shape = tuple(norm(some).shape)
            assert shape == tuple(some.shape), f"{tuple(some.shape)} becomes {shape}"

    def test_each_position_is_normalised_by_itself(self) -> None:
        norm, states = self.build(), self.inputs()["hidden_states"]
        alone = norm(states[1:2, 2:3])
        expected = norm(states)[1:2, 2:3]
        assert_close(alone, expected, "other positions or users change a normalised state")

    def test_states_of_zero_stay_finite(self) -> None:
        zeros = torch.zeros(1, 2, DIM, requires_grad=True)
        result = self.build()(zeros)
        result.sum().backward()
        assert result.isfinite().all(), "zeros, as padding has them, become NaN; add an epsilon"
        assert zeros.grad is not None
        assert zeros.grad.isfinite().all(), "the gradient at zero is not finite; add an epsilon"
