"""The task of BERT4Rec: to fill in what is hidden."""

from typing import Any

import attrs
import torch
from seqrec_core.contracts import Batch


@attrs.frozen
class Gaps:
    """Hides each real event with probability `share`; hidden ones are labels (B, L, 1)."""

    label_field: str
    mask_field: str
    share: float
    generator: torch.Generator

    def __call__(self, batch: Batch, /) -> dict[str, Any]:
        """A new batch with positive_labels and target_padding_mask, True at hidden events."""
        items, real = batch[self.label_field], batch[self.mask_field]
        draws = torch.rand(real.shape, generator=self.generator).to(real.device)
        labels = {"positive_labels": items, "target_padding_mask": real & (draws < self.share)}
        return {**batch, **{name: column[..., None] for name, column in labels.items()}}

    def generators(self) -> tuple[torch.Generator, ...]:
        """What it draws from; a checkpoint keeps it."""
        return (self.generator,)
