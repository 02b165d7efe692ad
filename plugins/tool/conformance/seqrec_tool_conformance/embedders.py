"""Conformance of embedders."""

from typing import Any

import torch
from torch import Tensor

from seqrec_core.contracts import EmbedderProto
from seqrec_tool_conformance.batches import ITEM, V, padding_mask
from seqrec_tool_conformance.compare import assert_close
from seqrec_tool_conformance.graphs import GraphConformance

__all__ = ["EmbedderConformance"]


class EmbedderConformance(GraphConformance):
    """Checks of features to embeddings, and of the table of items."""

    kind = "embedder"
    contract = EmbedderProto
    place = "model.embedder"

    def inputs(self) -> dict[str, Any]:
        """Features of all four types, with padding."""
        return {"feature_tensor": self.events(padding_mask())}

    def test_each_feature_has_an_embedding_of_the_size_it_says(self) -> None:
        embedder, (users, length) = self.build(), padding_mask().shape
        shapes = {name: tuple(tensor.shape) for name, tensor in embedder(**self.inputs()).items()}
        sizes = {name: (users, length, size) for name, size in embedder.embeddings_dim.items()}
        assert shapes == sizes, f"embeddings are {shapes}, embeddings_dim says {sizes}"
        assert ITEM in shapes, f"the item id {ITEM!r} is not embedded"

    def test_features_can_be_chosen(self) -> None:
        embedder = self.build()
        alone = embedder(**self.inputs(), feature_names=[ITEM])
        assert list(alone) == [ITEM], f"asked for [{ITEM!r}] it embeds {list(alone)}"
        expected = embedder(**self.inputs())[ITEM]
        assert_close(alone[ITEM], expected, "a feature by itself has another embedding")

    def test_padding_is_embedded_as_zero(self) -> None:
        real = padding_mask()
        assert not self._item_embeddings(self.build())[~real].any(), (
            "the item embedding of padding is not zero; give the table padding_idx, and zero that "
            "row after drawing weights"
        )

    def test_training_leaves_the_row_of_padding(self) -> None:
        embedder, real = self.build().train(), padding_mask()
        before = self._item_embeddings(embedder).detach()[~real]
        optimizer = torch.optim.SGD(embedder.parameters(), lr=1.0)
        (self._item_embeddings(embedder) + 1).pow(2).sum().backward()
        optimizer.step()
        after = self._item_embeddings(embedder)[~real]
        assert_close(after, before, "training moves the row of padding; give it padding_idx")

    def _item_embeddings(self, embedder: Any) -> Tensor:
        embedded: Tensor = embedder(**self.inputs())[ITEM]
        return embedded

    def test_item_weights_have_one_row_an_item(self) -> None:
        embedder = self.build()
        shape, size = tuple(embedder.get_item_weights().shape), embedder.embeddings_dim[ITEM]
        assert shape == (V, size), f"get_item_weights() is {shape}, not (V, D), ({V}, {size})"

    def test_item_weights_of_some_items_are_their_rows(self) -> None:
        embedder, ids = self.build(), torch.tensor([[5, 0], [V - 1, 5]])
        some = embedder.get_item_weights(ids)
        assert_close(
            some, embedder.get_item_weights()[ids], "get_item_weights(ids) are not their rows"
        )

    def test_item_weights_are_what_items_are_embedded_as(self) -> None:
        embedder, real = self.build(), padding_mask()
        ids = self.inputs()["feature_tensor"][ITEM][real]
        embedded = self._item_embeddings(embedder)[real]
        assert_close(embedded, embedder.get_item_weights(ids), "an item is embedded otherwise")
