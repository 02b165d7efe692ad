"""Scalable cross-entropy: each position against the items that are hard for it.

Random directions sort positions and items into buckets; within a bucket the positions nearest to
the direction are scored against the items nearest to it. Mezentsev, Gusak, Oseledets, Frolov,
RecSys 2024, arXiv:2409.18721.
"""

from dataclasses import dataclass

import torch
from seqrec_library_kernels.contrast import NEVER
from seqrec_library_kernels.reference_call import takes_reference_call
from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_core.contracts import Labels, ScorerProto

__all__ = ["SCE", "SCEParams", "ScalableCrossEntropyLoss"]


@dataclass(frozen=True)
class SCEParams:
    """How many buckets there are, and how many positions (x) and items (y) are in each.

    With `mix_x` the directions are random mixtures of the hidden states instead of random.
    Raises ValueError for a number below 1.
    """

    n_buckets: int
    bucket_size_x: int
    bucket_size_y: int
    mix_x: bool = False

    def __post_init__(self) -> None:
        for name in ("n_buckets", "bucket_size_x", "bucket_size_y"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1")


class ScalableCrossEntropyLoss:
    """Cross-entropy of positions and items that share a bucket, from a table of all items.

    A bucket larger than what there is takes all of it. Each call draws one `torch.randn`,
    (n_buckets, D), or (B*L, n_buckets) with `mix_x`.
    """

    def __init__(self, sce_params: SCEParams):
        self.sce_params = sce_params

    def __call__(
        self,
        embeddings: Tensor,
        positive_labels: Tensor,
        all_embeddings: Tensor,
        padding_mask: Tensor,
        tokens_mask: Tensor | None = None,
    ) -> Tensor:
        """Return the mean loss of the positions that are in a bucket; 0 if there is none.

        Hidden states (B, L, D), labels (B, L) that are rows of the items (V, D).
        `padding_mask` (B, L) is True at real events; `tokens_mask` (B, L) is True at visible
        ones, which are no targets. A position in several buckets counts where its loss is largest.
        """
        states, real = embeddings.flatten(0, 1), padding_mask.flatten()
        labels = positive_labels.flatten().masked_fill(~real, 0)
        counts = real if tokens_mask is None else real & ~tokens_mask.flatten()
        with torch.no_grad():
            positions, items = self.buckets(states, all_embeddings, real)
        losses = self.losses(states, labels, all_embeddings, positions, items)
        largest = losses.new_zeros(len(states)).scatter_reduce(
            0, positions.flatten(), losses.flatten(), reduce="amax", include_self=False
        )
        counts = counts & (largest != 0)
        return (largest * counts).sum() / counts.sum().clamp(min=1)

    def buckets(self, states: Tensor, items: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Return the positions (n_buckets, X) and the items (n_buckets, Y) of each bucket."""
        params, dim = self.sce_params, states.size(1)
        rows = len(states) if params.mix_x else dim
        shape = (rows, params.n_buckets) if params.mix_x else (params.n_buckets, rows)
        noise = torch.randn(shape, device=states.device).to(states) / dim**0.25
        directions = noise.T @ states if params.mix_x else noise
        nearness = (directions @ states.T).masked_fill_(~real, -torch.inf)
        positions = nearness.topk(min(params.bucket_size_x, len(states))).indices
        nearness = directions @ items.T.to(states)
        return positions, nearness.topk(min(params.bucket_size_y, len(items))).indices

    def losses(
        self, states: Tensor, labels: Tensor, table: Tensor, positions: Tensor, items: Tensor
    ) -> Tensor:
        """Return the cross-entropies (n_buckets, X) of positions against the bucket's items."""
        bucket_labels = labels[positions]
        exact = torch.promote_types(states.dtype, torch.float32)  # sums in half overflow
        right = (states * table.index_select(0, labels)).sum(-1, dtype=exact)[positions]
        wrong = (_rows(states, positions) @ _rows(table, items).mT).to(exact)
        wrong = wrong.masked_fill(bucket_labels[:, :, None] == items[:, None, :], NEVER)
        return -F.logsigmoid(right - wrong.logsumexp(-1))


def _rows(table: Tensor, index: Tensor) -> Tensor:
    """Return rows (n_buckets, K, D) of a table; its gradient is faster than that of indexing."""
    return table.index_select(0, index.flatten()).view(*index.shape, table.size(1))


class SCE(nn.Module):
    """Scalable cross-entropy as the loss of any model whose head is a dot product."""

    def __init__(self, n_buckets: int, bucket_size_x: int, bucket_size_y: int, mix_x: bool = False):
        super().__init__()
        self.loss = ScalableCrossEntropyLoss(
            SCEParams(n_buckets, bucket_size_x, bucket_size_y, mix_x)
        )

    @takes_reference_call
    def forward(self, hidden_states: Tensor, labels: Labels, *, scorer: ScorerProto) -> Tensor:
        """Return the loss of hidden states (B, L, D) for positives (B, L, 1).

        Raises NotImplementedError for several positives, and ValueError for a head that is no dot
        product.
        """
        if labels.positives.size(-1) != 1:
            raise NotImplementedError(
                "SCE takes one positive a position and got labels of shape "
                f"{tuple(labels.positives.shape)}; LogOutCE and LogInCE take several"
            )
        if not scorer.is_dot_product:
            raise ValueError("SCE sorts items by dot products; choose a dot-product head, or CE")
        mask = labels.mask.squeeze(-1)
        columns = scorer.columns(labels.positives.squeeze(-1)).masked_fill(~mask, 0)
        return self.loss(hidden_states, columns, scorer.item_weights(), mask)
