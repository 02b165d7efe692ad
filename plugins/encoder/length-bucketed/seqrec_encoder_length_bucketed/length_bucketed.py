"""Training without most padding: sequences of similar length go through an encoder together.

Letters in shapes: B users, L positions, H heads, D dim, R users of a bucket, K positions of it.
"""

from collections.abc import Mapping
from typing import Any

import torch
from seqrec_library_kernels.unwrap import unwrap
from torch import Tensor, nn
from torch.nn import functional as F

from seqrec_core.contracts import BlockStates, LastState, Resettable

__all__ = ["LengthBucketedQueryEncoder"]


class LengthBucketedQueryEncoder(nn.Module):
    """Any encoder of left-padded sequences, in training bucket by bucket.

    Users are sorted by length and go through `encoder` in buckets of `bucket_size`, each without
    the padding that all of its users have, but for `sequence_shift` positions: the first real item
    is predicted at the padding before it. States of padding that was left out are 0; all others
    are those of the encoder, which must take users one by one and give a position the same state
    whatever padding stands before it (positions counted from the right). Dropout draws other
    numbers than it would for the whole batch.

    In evaluation, under torch.compile and in torch.export it is the encoder itself. Where batches
    hold sequences of similar length already (`data.group_by_length`) there is little left to gain.
    """

    def __init__(self, encoder: nn.Module, bucket_size: int = 32, sequence_shift: int = 1):
        super().__init__()
        if bucket_size < 1:
            raise ValueError(f"bucket_size is {bucket_size}; a bucket has at least 1 user")
        if sequence_shift < 0:
            raise ValueError(f"sequence_shift is {sequence_shift}; it must be at least 0")
        self.encoder = encoder
        self.bucket_size = bucket_size
        self.sequence_shift = sequence_shift

    def reset_parameters(self) -> None:
        """Draws fresh weights, where the encoder does."""
        encoder = unwrap(self.encoder)
        if isinstance(encoder, Resettable):
            encoder.reset_parameters()

    def forward(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor:
        """Maps (B, L, D) to (B, L, D).

        attention_mask is (B*H, L, L), (B, H, L, L), (B, 1, L, L) or (1, 1, L, L); padding_mask
        (B, L) is True at real events. Features and masks are cut as the embeddings are. Raises
        ValueError for an attention mask of another shape, and where the encoder changes shapes.
        """
        inputs = _inputs(feature_tensors, input_embeddings, padding_mask, attention_mask)
        users, length = padding_mask.shape
        if not self.training or torch.compiler.is_compiling() or users == 0:
            states: Tensor = self.encoder(**inputs)
            return states
        lengths = lengths_of(padding_mask)
        order = lengths.argsort(stable=True)
        kept = (lengths[order] + self.sequence_shift).clamp(1, length).tolist()
        parts = []
        for start in range(0, users, self.bucket_size):
            rows = order[start : start + self.bucket_size]
            bucket = bucket_of(inputs, rows, kept[start + len(rows) - 1])
            output = self.encoder(**bucket)
            if output.shape != bucket["input_embeddings"].shape:
                raise ValueError(
                    f"the encoder made {tuple(output.shape)} of embeddings of shape "
                    f"{tuple(bucket['input_embeddings'].shape)}; a bucket must keep its shape"
                )
            parts.append(F.pad(output, (0, 0, length - output.size(1), 0)))
        return torch.cat(parts).index_select(0, order.argsort())

    def hidden_states(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> tuple[Tensor, ...] | None:
        """The output (B, L, D) of each block of the encoder, None where it does not tell them.

        Also None in training, where the states of padding differ.
        """
        encoder = unwrap(self.encoder)
        if self.training or not isinstance(encoder, BlockStates):
            return None
        inputs = _inputs(feature_tensors, input_embeddings, padding_mask, attention_mask)
        return encoder.hidden_states(**inputs)

    def forward_last(
        self,
        feature_tensors: Mapping[str, Tensor],
        input_embeddings: Tensor,
        padding_mask: Tensor,
        attention_mask: Tensor,
    ) -> Tensor | None:
        """The last position (B, D), None where the encoder does not compute it by itself."""
        encoder = unwrap(self.encoder)
        inputs = _inputs(feature_tensors, input_embeddings, padding_mask, attention_mask)
        return encoder.forward_last(**inputs) if isinstance(encoder, LastState) else None


def lengths_of(padding_mask: Tensor) -> Tensor:
    """How many positions of each user (B,) are real, or stand between real ones."""
    first = padding_mask.int().argmax(1)
    return (padding_mask.size(1) - first) * padding_mask.any(1)


def bucket_of(inputs: Mapping[str, Any], rows: Tensor, length: int) -> dict[str, Any]:
    """The last `length` positions of some users, in all that an encoder takes."""
    shape = inputs["padding_mask"].shape
    features = {
        name: _cut(values, rows, length, shape)
        for name, values in inputs["feature_tensors"].items()
    }
    return {
        "feature_tensors": features,
        "input_embeddings": _cut(inputs["input_embeddings"], rows, length, shape),
        "padding_mask": _cut(inputs["padding_mask"], rows, length, shape),
        "attention_mask": _cut_mask(inputs["attention_mask"], rows, length, shape),
    }


def _cut(values: Tensor, rows: Tensor, length: int, shape: torch.Size) -> Tensor:
    """Rows of values (B, L, ...), of their last positions, or of values (B, ...); else all."""
    if values.shape[:1] != shape[:1]:
        return values
    return (values[:, -length:] if values.shape[:2] == shape else values).index_select(0, rows)


def _cut_mask(mask: Tensor, rows: Tensor, length: int, shape: torch.Size) -> Tensor:
    """A mask (B*H, L, L), (B, H, L, L), (B, 1, L, L) or (1, 1, L, L) of a bucket."""
    users, longest = shape
    rows_fit = mask.size(0) in (1, users) if mask.dim() == 4 else mask.size(0) % users == 0
    if mask.dim() not in (3, 4) or mask.shape[-2:] != (longest, longest) or not rows_fit:
        raise ValueError(
            f"attention mask of shape {tuple(mask.shape)} does not fit {users} users and {longest} "
            "positions; give (B*H, L, L), (B, H, L, L) or (B, 1, L, L)"
        )
    mask = mask[..., -length:, -length:]
    if mask.dim() == 4:
        return mask.index_select(0, rows) if mask.size(0) == users else mask
    heads: Tensor = mask.unflatten(0, (users, -1))
    return heads.index_select(0, rows).flatten(0, 1)


def _inputs(
    feature_tensors: Mapping[str, Tensor],
    input_embeddings: Tensor,
    padding_mask: Tensor,
    attention_mask: Tensor,
) -> dict[str, Any]:
    """What every method of an encoder takes, by name."""
    return {
        "feature_tensors": feature_tensors,
        "input_embeddings": input_embeddings,
        "padding_mask": padding_mask,
        "attention_mask": attention_mask,
    }
