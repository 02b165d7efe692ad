"""Conformance of encoders, of the query tower, the item tower, or both."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import BlockStates, EncoderProto, ItemEncoderProto, LastState
from seqrec_core.spec import EncoderSpec, Spec
from seqrec_tool_conformance.batches import DIM, LONGEST, causal_mask, padding_mask, seeded
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.graphs import GraphConformance, quietly
from seqrec_tool_conformance.journey_recipes import placed, two_tower_recipe
from seqrec_tool_conformance.modules import projected
from seqrec_tool_conformance.sequences import SequenceConformance
from seqrec_tool_conformance.suite import Conformance

__all__ = ["EncoderConformance", "ItemEncoderConformance"]


def embeddings(real: Tensor, seed: int = 0) -> Tensor:
    """Embeddings (B, L, D); an event keeps its own, whatever padding stands before it."""
    drawn = torch.randn(len(real), LONGEST, DIM, generator=seeded(seed))
    return drawn[:, LONGEST - real.size(1) :]


class EncoderConformance(SequenceConformance):
    """Checks of encoders that serve the query tower: sequences of embeddings to hidden states.

    Their spec says by `is_causal` whether, under a causal mask, no state depends on later events.
    """

    kind = "encoder"
    contract = EncoderProto
    place = "model.encoder"

    @classmethod
    def suite_of(cls, spec: type[Spec]) -> type[Conformance]:
        """Another suite for encoders of the item tower alone."""
        serves_query = not issubclass(spec, EncoderSpec) or "query" in spec.serves
        return cls if serves_query else ItemEncoderConformance

    @property
    def is_causal(self) -> bool:
        """What its spec says."""
        spec = self.subject.spec
        return not isinstance(spec, EncoderSpec) or spec.is_causal()

    def inputs(self) -> dict[str, Any]:
        """What a model passes, by name."""
        real = padding_mask()
        return self._arguments(self.sequence(real), real)

    def sequence(self, real: Tensor, seed: int = 0) -> dict[str, Tensor]:
        """Embeddings and features."""
        return {"input_embeddings": embeddings(real, seed), **self.events(real, seed)}

    def states(self, encoder: Any, sequence: dict[str, Tensor], real: Tensor) -> Tensor:
        """The output."""
        states: Tensor = encoder(**self._arguments(sequence, real))
        return states

    def _arguments(self, sequence: dict[str, Tensor], real: Tensor) -> dict[str, Any]:
        names = set(sequence) - {"input_embeddings"}
        return {
            "feature_tensors": {name: sequence[name] for name in sorted(names)},
            "input_embeddings": sequence["input_embeddings"],
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
        last = encoder.forward_last(**self.inputs()) if isinstance(encoder, LastState) else None
        if last is not None:
            expected = encoder(**self.inputs())[:, -1]
            assert_close(last, expected, "forward_last is not forward's last")

    def test_hidden_states_end_with_what_forward_returns(self) -> None:
        encoder = self.build()
        blocks = (
            encoder.hidden_states(**self.inputs()) if isinstance(encoder, BlockStates) else None
        )
        if blocks is not None:
            assert isinstance(blocks, tuple), "hidden_states must be a tuple, one a block"
            final = encoder(**self.inputs())
            assert_close(blocks[-1], final, "the last of hidden_states is not it")


class ItemEncoderConformance(GraphConformance):
    """Checks of encoders that serve the item tower only: each item stands alone."""

    kind = "encoder"
    contract = ItemEncoderProto

    def recipe(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Within TwoTower."""
        return placed(two_tower_recipe(), "model.item_encoder", raw)

    def inputs(self) -> dict[str, Any]:
        """Embeddings (V, D) of some items, and their features."""
        real = torch.ones(1, 6, dtype=torch.bool)
        item_features = {
            name: tensor[0] for name, tensor in self.events(real).items() if tensor.dim() > 1
        }
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
