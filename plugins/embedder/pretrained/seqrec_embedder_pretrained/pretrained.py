"""Items embedded as what an adaptor makes of pretrained vectors."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import torch
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_embedder_sequence.starting_sizes import table_std
from seqrec_library_kernels.kept_table import KeptTable
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from seqrec_core.schema import TensorFeatureInfo
from seqrec_embedder_pretrained.adaptors import adaptor_of

__all__ = ["PretrainedEmbedding"]

_ROWS = 4096  # that an adaptor maps at once
_FILE = "vectors.npy"


class PretrainedEmbedding(nn.Module):
    """Embeds items by an adaptor of their pretrained vectors (V, n), frozen or `trainable`.

    All items have an embedding, those without any event too. `others` embeds other features of
    events; where the item id is among them, its learned embedding is added to the adaptor's, which
    is UniSRec's transductive setting. Embeddings of items start as large as a table of ids does.

    In evaluation without gradients all items are computed once, see `KeptTable`. In training
    adaptors map some thousand items at a time and compute what gradients need anew, so that no
    more than (V, D) is held.

    Without vectors, as in a bundle, `load_assets` brings them. Raises ValueError where none have
    come, for another number of rows than there are items, and for an item id without sizes.

    Source: Hou et al., "Towards Universal Sequence Representation Learning for Recommender
    Systems", KDD 2022, arXiv:2206.05941, section 2.2. Deviations: the adaptor may be simpler, and
    vectors are brought to one scale before.
    """

    vectors: Tensor

    def __init__(
        self,
        item: TensorFeatureInfo,
        vectors: Tensor | None,
        others: SequenceEmbedding | None = None,
        adaptor: Literal["linear", "mlp", "moe"] = "linear",
        num_experts: int = 8,
        adaptor_dropout: float = 0.0,
        trainable: bool = False,
    ):
        super().__init__()
        if item.cardinality is None or item.embedding_dim is None:
            raise ValueError(f"feature {item.name!r} lacks cardinality or embedding_dim; give both")
        self.num_items, self._dim = item.cardinality, item.embedding_dim
        self.padding_value = item.padding_value
        self._item = item.name
        self._settings = (adaptor, adaptor_dropout, num_experts)
        self.trainable = trainable
        self.others = others
        self._table = KeptTable()
        self._has_vectors = False
        if vectors is not None:
            self._take(vectors)

    def _take(self, vectors: Tensor) -> None:
        """Holds vectors (V, n) and makes the adaptor of them."""
        if len(vectors) != self.num_items:
            raise ValueError(
                f"got {len(vectors)} vectors for {self.num_items} items; give each one"
            )
        norm = float(vectors.square().sum(1).mean().sqrt()) or 1.0
        vectors = vectors.to(torch.get_default_device())  # meta, when a model is only planned
        if self.trainable:
            self.vectors = nn.Parameter(vectors)
        else:
            self.register_buffer("vectors", vectors, persistent=False)
        self._has_vectors = True
        kind, dropout, num_experts = self._settings
        std = table_std(self.num_items + 1, self._dim)
        self.adaptor = adaptor_of(kind, vectors.size(1), self._dim, dropout, std, norm, num_experts)

    def reset_parameters(self) -> None:
        """Draws the adaptor's weights and those of other features anew; vectors stay."""
        self.adaptor.reset_parameters()
        if self.others is not None:
            self.others.reset_parameters()

    @property
    def with_ids(self) -> bool:
        """Whether a learned embedding of the id is added."""
        return self.others is not None and self._item in self.others.feature_embedders

    @property
    def embeddings_dim(self) -> dict[str, int]:
        """Size of each feature's embedding."""
        others = {} if self.others is None else self.others.embeddings_dim
        return {self._item: self._dim, **others}

    def item_padding(self) -> int | None:
        """The item id that pads, whose row no table has; None if it is the last one."""
        return None if self.padding_value == self.num_items else self.padding_value

    def forward(
        self, feature_tensor: Mapping[str, Tensor], feature_names: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Embeds features (B, L) or (B, L, n) as (B, L, D_i), all or those of feature_names."""
        names = list(self.embeddings_dim) if feature_names is None else feature_names
        rest = [name for name in names if name != self._item]
        others = self.others(feature_tensor, rest) if rest and self.others is not None else {}
        if unknown := sorted(set(rest) - set(others)):
            raise KeyError(f"{unknown} are not embedded; choose among {list(self.embeddings_dim)}")
        return {
            name: self._embedded(feature_tensor[name]) if name == self._item else others[name]
            for name in names
        }

    def get_item_weights(self, indices: Tensor | None = None) -> Tensor:
        """Embeddings (*indices.shape, D) of items, or (V, D) of all, without padding."""
        return self._all_items() if indices is None else self._embedded(indices)

    def _embedded(self, ids: Tensor) -> Tensor:
        """Embeddings (*ids.shape, D); zero for padding."""
        is_padding = ids == self.padding_value
        rows = ids - (ids > self.padding_value).long()
        rows = rows.masked_fill(is_padding, 0).flatten()
        if (table := self._table.look_up(self)) is None and not self._are_few(rows):
            table = self._all_items()
        if table is None:
            adapted = self._adapted(self._held().index_select(0, rows))
            embeddings = adapted.view(*ids.shape, self._dim)
            if self.with_ids and self.others is not None:
                embeddings = embeddings + self.others.get_item_weights(ids)
        else:
            embeddings = table.index_select(0, rows).view(*ids.shape, self._dim)
        return embeddings.masked_fill(is_padding.unsqueeze(-1), 0)

    def _are_few(self, rows: Tensor) -> bool:
        """Whether these items by themselves are less work than all."""
        return torch.compiler.is_compiling() or rows.numel() < self.num_items

    def _all_items(self) -> Tensor:
        """Embeddings (V, D)."""
        if (table := self._table.look_up(self)) is not None:
            return table
        table = self._adapted(self._held())
        if self.with_ids and self.others is not None:
            table = table + self.others.get_item_weights()
        self._table.keep(self, table)
        return table

    def _adapted(self, vectors: Tensor) -> Tensor:
        """What the adaptor makes of vectors (M, n), (M, D), some thousand at a time."""
        if torch.compiler.is_compiling() or len(vectors) <= _ROWS:
            adapted: Tensor = self.adaptor(vectors)
            return adapted
        pieces = vectors.split(_ROWS)
        if self.training and torch.is_grad_enabled():
            return torch.cat([checkpoint(self.adaptor, p, use_reentrant=False) for p in pieces])
        return torch.cat([self.adaptor(piece) for piece in pieces])

    def _held(self) -> Tensor:
        if not self._has_vectors:
            raise ValueError("there are no vectors: give a data folder that has them")
        return self.vectors

    def save_assets(self, folder: Path) -> None:
        """Writes the vectors; of tuned ones, which are weights, only how long they are."""
        vectors = self._held().detach().float().cpu().numpy()
        np.save(folder / _FILE, vectors[:0] if self.trainable else vectors)

    def load_assets(self, folder: Path) -> None:
        """Reads what `save_assets` wrote."""
        vectors = torch.from_numpy(np.load(folder / _FILE, allow_pickle=False))
        if self.trainable:
            vectors = vectors.new_zeros(self.num_items, vectors.size(1))
        self._take(vectors)

    def train(self, mode: bool = True) -> Self:
        """Switches between training and evaluation; forgets the kept table."""
        self._table.forget()
        return super().train(mode)
