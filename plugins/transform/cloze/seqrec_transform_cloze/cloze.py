"""The task of BERT4Rec: to fill in what is hidden."""

import torch
from torch import Tensor, nn

from seqrec_core.batch import column

__all__ = ["Cloze"]


class Cloze(nn.Module):
    """Hides each real event with probability `share`; hidden events are the labels.

    A row with real events has at least one label: where chance hides none, one that is drawn.
    In `last_share` of the rows the last event alone is hidden, as a model is asked when it serves;
    the authors' code adds such rows to the data. What is hidden stays in its column, for the
    model to leave unread.

    Source: Sun et al., "BERT4Rec", arXiv:1904.06690, section 3.6.
    """

    def __init__(
        self,
        label_field: str,
        mask_field: str = "padding_mask",
        share: float = 0.2,
        last_share: float = 0.0,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        for name, value in {"share": share, "last_share": last_share}.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}; it must lie in 0..1")
        self.label_field = label_field
        self.mask_field = mask_field
        self.share = share
        self.last_share = last_share
        self.generator = generator

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch, positive_labels (B, L, 1) and target_padding_mask, True at hidden events.

        Of items (B, L) and a bool mask (B, L), True at real events. Raises TypeError for another
        mask, ValueError for items of another shape.
        """
        items = column(batch, self.label_field, "cloze")
        real = column(batch, self.mask_field, "cloze")
        if real.dtype != torch.bool:
            raise TypeError(f"{self.mask_field!r} is {real.dtype}; a mask must be torch.bool")
        if items.shape != real.shape or real.dim() != 2:
            raise ValueError(
                f"{self.label_field!r} has shape {tuple(items.shape)} and {self.mask_field!r} "
                f"{tuple(real.shape)}; cloze hides events of one item each, both (B, L)"
            )
        hidden = self._hidden(real)
        return {
            **batch,
            "positive_labels": items.unsqueeze(-1),
            "target_padding_mask": hidden.unsqueeze(-1),
        }

    def _hidden(self, real: Tensor) -> Tensor:
        draws = self._draws(real, real.size(1))
        least = draws.masked_fill(~real, 2).amin(1, keepdim=True)  # (B, 1)
        hidden = real & ((draws < self.share) | (draws == least))
        if not self.last_share:
            return hidden
        last = real & (real.flip(1).cumsum(1).flip(1) == 1)
        asks = self._draws(real, 1) < self.last_share
        return torch.where(asks, last, hidden)

    def _draws(self, real: Tensor, number: int) -> Tensor:
        """Uniform numbers (B, number)."""
        device = real.device if self.generator is None else self.generator.device
        draws = torch.rand(
            len(real), number, generator=self.generator, device=device, dtype=torch.float64
        )
        return draws.to(real.device)

    def generators(self) -> tuple[torch.Generator, ...]:
        """Its generator, which a checkpoint keeps; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)
