"""Conformance of encoders, of the query tower, the item tower, or both."""

from typing import Any

import torch
from torch import Tensor

from seqrec_tool_conformance.batches import (
    DIM,
    LONGEST,
    causal_mask,
    features,
    padding_mask,
    seeded,
)
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.graphs import GraphConformance, quietly
from seqrec_tool_conformance.modules import projected
from seqrec_tool_conformance.sequences import SequenceConformance

__all__ = ["EncoderConformance", "ItemEncoderConformance"]


def embeddings(real: Tensor, seed: int = 0) -> Tensor:
    """Embeddings (B, L, D); an event keeps its own, whatever padding stands before it."""
    drawn = torch.randn(len(real), LONGEST, DIM, generator=seeded(seed))
    return drawn[:, LONGEST - real.size(1) :]


class EncoderConformance(SequenceConformance):
    """Checks of encoders that serve the query tower: sequences of embeddings to hidden states."""

    kind = "encoder"

    def inputs(self) -> dict[str, Any]:
        """What a model passes, by name."""
        real = padding_mask()
        return self._arguments(self.events(real), real)

    def events(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """Embeddings and features."""
        return {"input_embeddings": embeddings(real, seed), **features(real, seed)}

    def states(self, encoder: Any, events: dict[str, Tensor], real: Tensor) -> Tensor:
        """The output."""
        states: Tensor = encoder(**self._arguments(events, real))
        return states

    def _arguments(self, events: dict[str, Tensor], real: Tensor) -> dict[str, Any]:
        names = set(events) - {"input_embeddings"}
        return {
            "feature_tensors": {name: events[name] for name in sorted(names)},
            "input_embeddings": events["input_embeddings"],
            "padding_mask": real,
            "attention_mask": causal_mask(real),
        }

    def test_the_size_of_embeddings_stays(self) -> None:
        shape = tuple(self.build()(**self.inputs()).shape)
        assert shape[-1] == DIM, f"embeddings of size {DIM} become states of size {shape[-1]}"

    def test_torch_compile_in_training(self) -> None:
        _assert_trains_compiled(self)

    def test_every_shape_of_attention_mask_gives_the_same(self) -> None:
        encoder, inputs = self.build(), self.inputs()
        expected, mask = encoder(**inputs), inputs["attention_mask"]
        each = mask.expand(-1, 2, -1, -1)
        for shape in (each, each.flatten(0, 1)):
            actual = encoder(**{**inputs, "attention_mask": shape.contiguous()})
            assert_close(
                actual, expected, f"a mask of shape {tuple(shape.shape)} gives other states"
            )

    def test_forward_last_is_the_last_position(self) -> None:
        encoder = self.build()
        if shortcut := getattr(encoder, "forward_last", None):
            expected = encoder(**self.inputs())[:, -1]
            assert_close(shortcut(**self.inputs()), expected, "forward_last is not forward's last")

    def test_hidden_states_end_with_what_forward_returns(self) -> None:
        encoder = self.build()
        if blocks := getattr(encoder, "hidden_states", None):
            states = blocks(**self.inputs())
            assert isinstance(states, tuple), "hidden_states must be a tuple, one a block"
            assert_close(
                states[-1], encoder(**self.inputs()), "the last of hidden_states is not it"
            )


class ItemEncoderConformance(GraphConformance):
    """Checks of encoders that serve the item tower only: each item stands alone."""

    kind = "encoder"

    def inputs(self) -> dict[str, Any]:
        """Embeddings (V, D) of some items, and their features."""
        real = torch.ones(1, 6, dtype=torch.bool)
        item_features = {name: tensor[0] for name, tensor in features(real).items()}
        return {"input_embeddings": embeddings(real)[0], "feature_tensors": item_features}

    def test_item_states_keep_the_shape_of_the_embeddings(self) -> None:
        inputs = self.inputs()
        shape = tuple(self.build()(**inputs).shape)
        assert shape == tuple(inputs["input_embeddings"].shape), f"item states are {shape}"

    def test_torch_compile_in_training(self) -> None:
        _assert_trains_compiled(self)

    def test_items_do_not_see_each_other(self) -> None:
        encoder, inputs = self.build(), self.inputs()
        some = {name: tensor[:2] for name, tensor in inputs["feature_tensors"].items()}
        alone = encoder(input_embeddings=inputs["input_embeddings"][:2], feature_tensors=some)
        assert_close(alone, encoder(**inputs)[:2], "the states of an item depend on other items")


def _assert_trains_compiled(suite: GraphConformance) -> None:
    encoder = suite.build(dropout=True).train()
    compiled = torch.compile(encoder, fullgraph=True, backend="aot_eager")
    what = "torch.compile(fullgraph=True) in training"
    loss = quietly(lambda: projected(suite.run(compiled)), what)
    quietly(loss.backward, what)
