"""What every position is held to; needs seqrec-tool-conformance, which only tests install.

Letters in shapes: B users, L positions, D dim, H heads, d dim of a head.
"""

from typing import Any, ClassVar

import torch
from seqrec_tool_conformance.batches import causal_mask, padding_mask
from seqrec_tool_conformance.encoders import embeddings
from seqrec_tool_conformance.graphs import quietly
from seqrec_tool_conformance.modules import projected
from seqrec_tool_conformance.sequences import SequenceConformance
from torch import Tensor
from torch.nn import functional as F

from seqrec_library_positions.kind import PositionProto

__all__ = ["PositionConformance"]

HEADS = 2


class PositionConformance(SequenceConformance):
    """Checks of queries and keys (B, H, L, d) to new ones, and what is added to their scores.

    Hidden states are what one causal attention with the position makes of a sequence.
    """

    kind = "position"
    contract = PositionProto
    place = "model.encoder.positions[0]"
    dtypes: ClassVar[tuple[torch.dtype, ...]] = (torch.float64, torch.bfloat16, torch.float16)

    def inputs(self) -> dict[str, Any]:
        """Queries, keys and features, with a row of padding alone."""
        real = padding_mask((6, 4, 0, 1))
        return _arguments(self.sequence(real), real)

    def sequence(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """What queries, keys and values are made of, and features."""
        drawn = {name: embeddings(real, 3 * seed + at) for at, name in enumerate(_ATTENDING)}
        return {**drawn, **self.events(real, seed)}

    def states(self, position: Any, sequence: dict[str, Tensor], real: Tensor) -> Tensor:
        """Softmax attention, after the position."""
        queries, keys, bias = position(**_arguments(sequence, real))
        mask = causal_mask(real) + (0 if bias is None else bias)
        mixed = F.scaled_dot_product_attention(queries, keys, _heads(sequence["values"]), mask)
        return mixed.transpose(1, 2).flatten(2)

    def test_shapes_are_those_of_the_contract(self) -> None:
        """Queries and keys keep theirs; what is added has a row a query, and is finite."""
        inputs = self.inputs()
        queries, keys, bias = self.run(self.build(), inputs)
        for name, heads in (("queries", queries), ("keys", keys)):
            shape, expected = tuple(heads.shape), tuple(inputs[name].shape)
            assert shape == expected, f"{name} {expected} become {shape}; keep (B, H, L, d)"
        if bias is not None:
            users, _, length, _ = expected
            allowed = [(b, h, length, length) for b in (1, users) for h in (1, HEADS)]
            assert tuple(bias.shape) in allowed, (
                f"what is added to scores is {tuple(bias.shape)}; allowed are {allowed}"
            )
            assert bias.isfinite().all(), (
                "what is added to scores is not finite; hiding events is what masks are for"
            )

    def test_torch_compile_in_training(self) -> None:
        """Forward and backward are one graph."""
        position = self.build(dropout=True).train()
        compiled = torch.compile(position, fullgraph=True, backend="aot_eager")
        inputs = self.inputs()
        inputs |= {name: inputs[name].requires_grad_() for name in ("queries", "keys")}
        what = "torch.compile(fullgraph=True) in training"
        result = quietly(lambda: projected(self.run(compiled, inputs)), what)
        quietly(result.backward, what)


_ATTENDING = ("queries", "keys", "values")


def _arguments(sequence: dict[str, Tensor], real: Tensor) -> dict[str, Any]:
    """What an encoder passes, by name."""
    names = sorted(set(sequence) - set(_ATTENDING))
    return {
        "queries": _heads(sequence["queries"]),
        "keys": _heads(sequence["keys"]),
        "feature_tensors": {name: sequence[name] for name in names},
        "padding_mask": real,
    }


def _heads(drawn: Tensor) -> Tensor:
    """(B, L, D) -> (B, H, L, d)."""
    heads: Tensor = drawn.unflatten(-1, (HEADS, -1)).transpose(1, 2)
    return heads
