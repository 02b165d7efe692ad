"""Masks of masked language modelling."""

import torch
from torch import Tensor, nn

from seqrec_core.batch import column


class TokenMaskTransform(nn.Module):
    """Hides each real event with probability `mask_prob`, drawn for every row by itself.

    `token_field` names a bool tensor (..., L), True = real event. The mask has its shape:
    True = the model sees the event, False = it is hidden, or padding. Where chance hides
    nothing, the last event is hidden; where it hides everything, the last but one is shown. So
    every row with two real events at its end has one of each. (The reference draws one mask for
    the whole batch.)

    The task is that of BERT4Rec, https://arxiv.org/abs/1904.06690, section 3.6.
    """

    def __init__(
        self,
        token_field: str,
        out_feature_name: str = "token_mask",
        mask_prob: float = 0.15,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        if not 0 <= mask_prob <= 1:
            raise ValueError(f"mask_prob is {mask_prob}; it must lie in 0..1")
        self.token_field = token_field
        self.out_feature_name = out_feature_name
        self.mask_prob = mask_prob
        self.generator = generator

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The batch and the mask; TypeError when `token_field` is not bool."""
        real = column(batch, self.token_field, "token_mask")
        if real.dtype != torch.bool:
            raise TypeError(f"{self.token_field!r} is {real.dtype}; a mask must be torch.bool")
        device = real.device if self.generator is None else self.generator.device
        draws = torch.rand(real.shape, generator=self.generator, device=device).to(real.device)
        visible = real & (draws >= self.mask_prob)
        hides_nothing = (visible == real).all(-1)
        visible[..., -1] &= ~hides_nothing
        if real.shape[-1] > 1:
            shows_nothing = ~visible.any(-1) & ~hides_nothing
            visible[..., -2] |= shows_nothing & real[..., -2]
        return {**batch, self.out_feature_name: visible}

    def generators(self) -> tuple[torch.Generator, ...]:
        """Its generator; none where it draws from torch's own."""
        return () if self.generator is None else (self.generator,)
